"""Take the README's pictures from the running demo: `make screenshots`.

Plays the headless story, then looks at phone app and console with Chromium, as a ranger and as a
researcher would see them.
"""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from api.demo.show import say
from api.demo.story import RELEASE, Night, Plan, night, send_the_herd, told_to_the_end
from tests.browser import ARGUMENTS, CHROMIUM

IMAGES = Path(__file__).parent / "images"
SETTLE_MS = 1200  # maps glide to their place
FOLDER = Path(".demo/screenshots")


async def main(release: str) -> None:
    """Play, look, and write the pictures."""
    if CHROMIUM is None:
        raise SystemExit("Chromium is not installed; try: apt install chromium")
    async with (
        night(Plan(folder=FOLDER, say=say, speed=0, release=release)) as running,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        send_the_herd(running)
        await told_to_the_end(running)
        await photograph_phone(browser, running)
        await photograph_console(browser, running)
        await browser.close()


async def photograph_phone(browser: Browser, running: Night) -> None:
    """The list, one alert with its answers, and the map, at a small phone's size."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844},
        device_scale_factor=2,
        locale="en-GB",
        timezone_id="Asia/Shanghai",
        color_scheme="dark",
    )
    page = await context.new_page()
    await page.goto(f"{running.url}/app/#/join/{running.stage.ranger_code}")
    await page.get_by_test_id("person-name").fill("Yu Han")
    await page.get_by_test_id("join").click()
    await expect(page.get_by_test_id("alert")).to_have_count(3)
    await take(page, "phone-list")
    await page.get_by_test_id("alert").first.click()
    await expect(page.get_by_test_id("evidence")).to_be_visible()
    await take(page, "phone")
    await page.get_by_test_id("back").click()
    await page.get_by_test_id("tab-map").click()
    await expect(page.get_by_test_id("map")).to_be_visible()
    await take(page, "phone-map")
    await context.close()


async def photograph_console(browser: Browser, running: Night) -> None:
    """Latest detections, the map and the stations."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-GB", color_scheme="light"
    )
    page = await context.new_page()
    await page.goto(f"{running.url}/console/#/join/{running.stage.console_code}")
    await page.get_by_test_id("person-name").fill("Dr Li")
    await page.get_by_test_id("sign-in-submit").click()
    await expect(page.get_by_test_id("detection-card").first).to_be_visible()
    await take(page, "console")
    await page.get_by_test_id("tab-map").click()
    await expect(page.get_by_test_id("map")).to_be_visible()
    await take(page, "console-map")
    await page.get_by_test_id("tab-stations").click()
    await expect(page.get_by_test_id("station-row")).to_have_count(3)
    await take(page, "console-stations")
    await context.close()


async def take(page: Page, name: str) -> None:
    """Write one picture, once everything in it is there and has stopped moving."""
    # Not `wait_for_function`: our pages' security policy forbids what it does inside.
    while not await page.evaluate("[...document.images].every(image => image.complete)"):
        await page.wait_for_timeout(50)
    await page.wait_for_timeout(SETTLE_MS)
    await page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else RELEASE))
