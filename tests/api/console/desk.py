"""A real server over SQLite, a site full of pictures, and a researcher at a browser."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import uvicorn
from playwright.async_api import Page, async_playwright, expect

from api.app import create_app
from api.bulk import add_rows
from api.database import Database
from api.dependencies import Parts
from api.ledger.signing import LedgerKey
from api.media.folder import MediaFolder
from api.people.store import add_invite
from api.settings import ServerSettings
from api.tables import Detection, Event, Invite, Media, Role
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import body_sha256
from tests.api.world import DUSK, World, with_tables
from tests.browser import ARGUMENTS, CHROMIUM

WIDTH, HEIGHT = 640, 480
CODE = "ABCD-EFGH-JKMN"
READY_WITHIN_MS = 30_000


@dataclass
class Desk:
    """The open console of a researcher, and the database behind it."""

    page: Page
    world: World
    parts: Parts
    url: str


@asynccontextmanager
async def desk(
    folder: Path, *, events: int, frames: int = 3, tab: str = "review"
) -> AsyncIterator[Desk]:
    database = Database(f"sqlite+aiosqlite:///{folder / 'trunkline.db'}")
    world = await World.build(await with_tables(database))
    parts = Parts(
        database=database,
        settings=ServerSettings(data_dir=folder, public_url="http://127.0.0.1"),
        secret=b"s" * 32,
        vapid_public_key="BPublic",
        ledger_key=LedgerKey.load_or_create(folder),
        media=MediaFolder(folder / "media"),
        clock=lambda: DUSK + timedelta(days=1),
    )
    await furnish(world, parts, events=events, frames=frames)
    try:
        async with serving(parts) as url, a_page(f"{url}/console/#/join/{CODE}") as page:
            await page.get_by_test_id("person-name").fill("Dr Li")
            await page.get_by_test_id("sign-in-submit").click()
            await page.get_by_test_id(f"tab-{tab}").click(timeout=READY_WITHIN_MS)
            yield Desk(page, world, parts, url)
    finally:
        await database.close()


@asynccontextmanager
async def serving(parts: Parts) -> AsyncIterator[str]:
    """Serve the application on a free port of the loopback."""
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
async def a_page(address: str) -> AsyncIterator[Page]:
    """Open an address in a Chromium of a desktop's size."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
        await page.goto(address)
        yield page
        await browser.close()


async def furnish(world: World, parts: Parts, *, events: int, frames: int) -> None:
    """Fill the valley with events, each of some frames with a picture and one elephant."""
    chance = random.Random(7)
    pictures, detections, rows = [], [], []
    stations = [world.ridge, world.yard, world.far]
    for number in range(events):
        station = stations[number % len(stations)]
        at = DUSK + timedelta(minutes=11 * number)
        rows.append(
            {
                "site_id": "valley",
                "station_id": station.id,
                "deployment_id": f"{station.name_id}-1",
                "herd_id": None,
                "started_at": at,
                "ended_at": at + timedelta(seconds=10 * (frames - 1)),
                "latitude": station.latitude,
                "longitude": station.longitude,
                "count": 1,
                "looks": frames,
                "animals": frames,
                "simulated": False,
            }
        )
        for frame in range(frames):
            left = chance.randrange(20, 300)
            picture = a_picture(number, frame, left)
            sha256 = body_sha256(picture)
            parts.media.keep(sha256, picture)
            pictures.append(
                {
                    "sha256": sha256,
                    "site_id": "valley",
                    "media_type": "image/jpeg",
                    "size_bytes": len(picture),
                    "received_at": at,
                }
            )
            box = [left / WIDTH, 120 / HEIGHT, 200 / WIDTH, 240 / HEIGHT]
            confidence = round(chance.uniform(0.42, 0.98), 3)
            detections.append(
                a_row(station.id, number + 1, at + timedelta(seconds=10 * frame))
                | {
                    "media_sha256": sha256,
                    "animals": [an_animal(box, confidence)],
                }
            )
    async with world.database.transaction() as session:
        await add_rows(session, Event, [row | {"id": n + 1} for n, row in enumerate(rows)])
        await add_rows(session, Media, pictures)
        await add_rows(session, Detection, detections)
        expires_at = DUSK + timedelta(days=9)
        invite = Invite(site_id="valley", role=Role.RESEARCHER, uses_left=9, expires_at=expires_at)
        await add_invite(session, CODE, invite)


def an_animal(box: list[float], confidence: float) -> dict[str, Any]:
    return {"label": "elephant", "confidence": confidence, "box": box, "touches_edge": False}


def a_row(station_id: int, event_id: int, at: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "revision": 1,
        "site_id": "valley",
        "station_id": station_id,
        "event_id": event_id,
        "deployment_id": "ridge-1",
        "captured_at": at,
        "sent_at": at,
        "received_at": at,
        "clock": "synchronised",
        "lighting": "night_ir",
        "release": "elephant-0.1",
        "threshold": 0.4,
        "elephants": 1,
        "historical": False,
        "simulated": False,
    }


def a_picture(number: int, frame: int, left: int) -> bytes:
    """A night with a pale shape in it, and which one it is."""
    rows = np.linspace(20, 60, HEIGHT, dtype=np.uint8)[:, None]
    pixels = np.repeat(np.repeat(rows, WIDTH, axis=1)[:, :, None], 3, axis=2).copy()
    cv2.ellipse(pixels, (left + 100, 240), (96, 116), 0, 0, 360, (170, 170, 170), -1)
    text = f"event {number} frame {frame}"
    cv2.putText(pixels, text, (16, 460), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (230, 230, 230), 2)
    ok, encoded = cv2.imencode(".jpg", pixels)
    assert ok
    return bytes(encoded)


async def all_stored(page: Page, within_ms: int = 60_000) -> None:
    """Wait until every label has reached the server."""
    await expect(page.get_by_test_id("review-stored")).to_have_text("all stored", timeout=within_ms)
