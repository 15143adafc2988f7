"""A phone: the built app in a real Chromium, before a server of our own making."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.browser import ARGUMENTS, CHROMIUM
from tests.mobile_push.fake_server import FakeServer, an_alert
from tests.mobile_push.phone_hands import PATIENCE_S, WATCH_THE_BELL

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as server:
        server.alerts["a1"] = an_alert()
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def phone(server: FakeServer, browser: Browser) -> AsyncIterator[BrowserContext]:
    phone = await browser.new_context(
        viewport={"width": 360, "height": 740}, locale="en-GB", timezone_id="UTC"
    )
    await phone.grant_permissions(["notifications"], origin=server.origin)
    yield phone
    await phone.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(server: FakeServer, phone: BrowserContext) -> Page:
    page = await phone.new_page()
    await page.goto(f"{server.origin}/app/")
    await expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")
    await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await phone.service_workers[0].evaluate(WATCH_THE_BELL)
    return page
