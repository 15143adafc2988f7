"""A researcher's screen: Chromium at the console of the real server, while a herd passes."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from api.demo.story import Night, send_the_herd
from tests.browser import ARGUMENTS, CHROMIUM

pytestmark = [
    pytest.mark.story,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

LONG_MS = 90_000


@pytest.fixture
async def console(running: Night) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        await page.goto(f"{running.url}/console/#/join/{running.stage.console_code}")
        await page.get_by_test_id("person-name").fill("Dr Li")
        await page.get_by_test_id("sign-in-submit").click()
        await expect(page.get_by_test_id("connection")).to_have_text("Live")
        yield page
        await browser.close()


async def test_sightings_appear_by_themselves_with_their_boxes(
    running: Night, console: Page
) -> None:
    await expect(console.get_by_test_id("detection-card")).to_have_count(0)

    send_the_herd(running)

    cards = console.get_by_test_id("detection-card")
    await expect(cards).to_have_count(3, timeout=LONG_MS)
    await expect(cards.first.locator(".box.elephant").first).to_be_visible(timeout=LONG_MS)
    await expect(cards.first.get_by_test_id("badge-drill")).to_be_visible()

    await console.get_by_test_id("tab-stations").click()
    rows = console.get_by_test_id("station-row")
    await expect(rows).to_have_count(3)
    await expect(rows.first.get_by_test_id("station-state")).to_be_visible()

    await console.get_by_test_id("tab-alerts").click()
    await expect(console.get_by_test_id("alert")).to_have_count(3, timeout=LONG_MS)
