"""One evening for all who watch it: a console and a phone in Chromium, and then the herd comes."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from api.demo.story import Night, Plan, night, send_the_herd
from tests.browser import ARGUMENTS, CHROMIUM
from tests.story.evening import SUBSCRIBES_LOCALLY, Chromium, Evening


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def evening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evening]:
    """Both have signed in before the herd was sent, and saw nothing until then."""
    folder = tmp_path_factory.mktemp("evening") / "demo"
    plan = Plan(folder=folder, say=lambda _: None, speed=0)
    async with night(plan) as running, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        console = await open_console(browser, running)
        villager = await join_with_the_bell_on(browser, running)
        await expect(console.get_by_test_id("detection-card")).to_have_count(0)
        send_the_herd(running)
        yield Evening(running, console, villager)
        await browser.close()


async def open_console(browser: Browser, running: Night) -> Page:
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await page.goto(f"{running.url}/console/#/join/{running.stage.console_code}")
    await page.get_by_test_id("person-name").fill("Dr Li")
    await page.get_by_test_id("sign-in-submit").click()
    await expect(page.get_by_test_id("connection")).to_have_text("Live")
    return page


async def join_with_the_bell_on(browser: Browser, running: Night) -> Chromium:
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, locale="en-GB", timezone_id="Asia/Shanghai"
    )
    await context.grant_permissions(["notifications"], origin=running.url)
    sender = running.phones[0].phone
    assert sender is not None
    chromium = Chromium(context, running.url)
    phone = running.push_service.new_phone(sender.sender_key, chromium.on_push)
    await context.add_init_script(f"({SUBSCRIBES_LOCALLY})({json.dumps(phone.subscription)})")
    page = await context.new_page()
    await page.goto(f"{running.url}/app/#/join/{running.stage.villager_code}")
    await page.get_by_test_id("person-name").fill("Mei")
    await page.get_by_test_id("join").click()
    await expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")
    await page.get_by_test_id("tab-settings").click()
    await page.get_by_test_id("bell-on").click()
    await expect(page.get_by_test_id("bell-off")).to_be_visible()
    await page.close()
    return chromium
