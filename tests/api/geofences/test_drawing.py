"""An operator draws on the console's map, in Chromium, by mouse and by keyboard alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Page, async_playwright, expect

from api.app import create_app
from api.database import Database
from api.tables import Geofence, Role
from tests.api.shell import a_shell
from tests.api.world import World
from tests.browser import ARGUMENTS, CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
LONG_MS = 60_000


@pytest.fixture
async def world(sqlite_database: Database) -> World:
    return await World.build(sqlite_database)


@pytest.fixture
async def page(world: World, tmp_path: Path) -> AsyncIterator[Page]:
    shell = a_shell(world.database, tmp_path)
    code = await shell.invite(Role.OPERATOR)
    shell.parts.closing.set()  # the live stream ends at once
    config = uvicorn.Config(create_app(shell.parts), port=0, log_level="warning")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(LONG_MS)
        await page.goto(f"http://127.0.0.1:{port}/console/#/join/{code}")
        await page.get_by_test_id("person-name").fill("Dr Li")
        await page.get_by_test_id("sign-in-submit").click()
        await page.get_by_test_id("tab-map").click()
        await page.get_by_test_id("draw-Polygon").wait_for()
        yield page
        await browser.close()
    server.should_exit = True
    await serving


async def test_an_area_clicked_on_the_map_is_a_geofence(page: Page, world: World) -> None:
    await page.get_by_test_id("draw-Polygon").click()
    box = await page.get_by_test_id("map").bounding_box()
    assert box is not None
    for east, north in ((200, 200), (300, 200), (300, 300), (200, 300)):
        await page.mouse.click(box["x"] + east, box["y"] + north)
    await expect(page.get_by_test_id("fence-corners")).to_have_text("4 corners")
    await page.get_by_test_id("fence-name").fill("New fields")
    await page.get_by_test_id("fence-save").click()
    await page.get_by_role("button", name="Change New fields").wait_for()

    _, drawn = sorted(await world.rows(Geofence), key=lambda row: row.id)
    assert (drawn.name, drawn.area["type"]) == ("New fields", "Polygon")
    assert len(drawn.area["coordinates"][0]) == 5


async def test_a_line_is_drawn_without_a_mouse_and_a_crossed_one_is_refused_in_words(
    page: Page, world: World
) -> None:
    await page.get_by_test_id("draw-LineString").focus()
    await page.keyboard.press("Enter")
    corners = page.get_by_test_id("fence-corners")
    await page.keyboard.press("Enter")
    await expect(corners).to_have_text("1 of at least 2 corners")
    await page.keyboard.press("Backspace")
    await expect(corners).to_have_text("0 of at least 2 corners")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")  # at the same place: of no length
    await expect(corners).to_have_text("2 corners")
    await page.get_by_test_id("fence-name").fill("Track")
    await page.get_by_test_id("fence-name").press("Enter")

    await expect(page.get_by_test_id("fence-problem")).to_contain_text("no length")
    assert len(await world.rows(Geofence)) == 1
