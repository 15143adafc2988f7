"""A real server over SQLite, and an operator at a browser in front of its console."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Page, async_playwright, expect

from api.app import create_app
from api.database import Database
from api.dependencies import Parts
from api.ledger.signing import LedgerKey
from api.media.folder import MediaFolder
from api.people.store import add_invite
from api.settings import ServerSettings
from api.tables import Invite, Role
from tests.api.world import DUSK, World, with_tables
from tests.browser import ARGUMENTS, CHROMIUM

ROOT = Path(__file__).parents[3]
BUILT = ROOT / "api/console/dist/index.html"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
CODE = "ABCD-EFGH-JKMN"
PATIENCE_MS = 30_000  # a shared machine may be busy; a test that passes never waits so long
expect.set_options(timeout=PATIENCE_MS)

in_chromium = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not BUILT.is_file(), reason="the console is not built: make web"),
]


@dataclass
class Desk:
    """The open console, and what is behind it."""

    page: Page
    world: World
    parts: Parts
    url: str

    async def open(self, path: str) -> None:
        """Go to a page below `#/fleet/`."""
        await self.page.goto(f"{self.url}/console/#/fleet/{path}")

    async def violations(self) -> list[str]:
        """What axe finds on the page as it is now, one sentence each."""
        if not AXE.is_file():
            pytest.skip("axe-core is not installed: run `npm ci`")
        await self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = await self.page.evaluate("axe.run()")
        return [
            f"{one['id']}: {one['help']}: {node['target']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    async def tab_to(self, test_id: str, *, most: int = 80) -> None:
        """Press Tab until this has the focus: whoever uses no mouse must get there."""
        for _ in range(most):
            await self.page.keyboard.press("Tab")
            focused = "document.activeElement?.dataset.testid ?? ''"
            if await self.page.evaluate(focused) == test_id:
                return
        raise AssertionError(f"{test_id} is not reached with {most} times Tab")


@asynccontextmanager
async def operator_desk(
    folder: Path, *, role: Role = Role.OPERATOR, clock: Callable[[], datetime] = lambda: DUSK
) -> AsyncIterator[Desk]:
    """Open the console for a person of a role; the valley behind it is `desk.world`."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'trunkline.db'}")
    world = await World.build(await with_tables(database))
    parts = Parts(
        database=database,
        settings=ServerSettings(data_dir=folder, public_url="http://127.0.0.1"),
        secret=b"s" * 32,
        vapid_public_key="BPublic",
        ledger_key=LedgerKey.load_or_create(folder),
        media=MediaFolder(folder / "media"),
        clock=clock,
    )
    async with database.transaction() as session:
        invite = Invite(
            site_id="valley",
            role=role,
            uses_left=9,
            expires_at=datetime.max.replace(tzinfo=DUSK.tzinfo),
        )
        await add_invite(session, CODE, invite)
    try:
        async with _serving(parts) as url, _page(f"{url}/console/#/join/{CODE}") as page:
            await page.get_by_test_id("person-name").fill("Ada")
            await page.get_by_test_id("sign-in-submit").click()
            await expect(page.get_by_test_id("connection")).to_be_visible()
            yield Desk(page, world, parts, url)
    finally:
        await database.close()


@asynccontextmanager
async def _serving(parts: Parts) -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(parts), lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        parts.closing.set()
        server.should_exit = True
        await task


@asynccontextmanager
async def _page(address: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
        await page.goto(address)
        yield page
        await browser.close()
