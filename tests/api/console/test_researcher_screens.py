"""Findings, the catalogue and the exchange in a real Chromium, with the jobs' worker beside it."""

import asyncio
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from api.individuals.tables import Individual, IndividualSighting, ReferencePicture
from api.jobs.kinds import KINDS
from api.jobs.worker import work_on_jobs
from api.tables import Detection
from tests.api.console.accessible import violations
from tests.api.console.desk import Desk, all_stored, desk
from tests.api.imports.test_pictures import taken
from tests.api.world import DUSK
from tests.browser import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
SOON_MS = 60_000


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path, events=6, frames=1, tab="findings") as opened:
        worker = asyncio.create_task(work_on_jobs(opened.parts, KINDS))
        yield opened
        worker.cancel()


async def test_a_researchers_day_without_an_obstacle(at: Desk, tmp_path: Path) -> None:
    page = at.page
    for finding in ("activity", "weeks", "history"):
        await expect(page.get_by_test_id(f"finding-{finding}")).to_be_visible(timeout=SOON_MS)
    await page.get_by_test_id("split").select_option("moon")
    assert await violations(page) == []
    async with page.expect_download() as weeks:
        await page.get_by_test_id("finding-weeks").get_by_text("CSV").click()
    table = await (await weeks.value).path()
    assert table.read_text().splitlines()[0] == "camera,week,events"

    await page.get_by_test_id("tab-individuals").click()
    await page.get_by_test_id("add-individual").click()
    await page.get_by_test_id("individual-name").fill("Old Moon")
    await page.get_by_test_id("individual-digit").select_option("2")
    assert await violations(page) == []
    await page.get_by_test_id("individual-save").click()
    await expect(page.get_by_test_id("individual")).to_have_count(1, timeout=SOON_MS)

    nameless = {"sex": "unknown", "life_stage": "adult", "added_at": DUSK}
    await at.world.add(Individual(site_id="valley", name="Ash", digit=1, **nameless))
    await page.get_by_test_id("tab-review").click()
    await expect(page.get_by_text("Old Moon")).to_be_visible(timeout=SOON_MS)
    for key in ("2", "r"):
        await page.keyboard.press(key)
    await expect(page.get_by_text("reference picture of Old Moon")).to_be_visible(timeout=SOON_MS)
    await page.keyboard.press("e")
    await all_stored(page)
    assert len(await at.world.rows(ReferencePicture)) == 1
    assert len(await at.world.rows(IndividualSighting)) == 1

    catalogue = page.get_by_role("group", name="Individuals").locator("label")
    await expect(catalogue).to_have_text([re.compile("Ash"), re.compile("Old Moon$")])
    await page.keyboard.press("w")
    await expect(page.get_by_test_id("who-about")).to_contain_text("look yourself", timeout=SOON_MS)
    await expect(catalogue).to_have_text([re.compile(r"Old Moon\s*\d\.\d\d$"), re.compile("Ash$")])
    assert await violations(page) == []

    await page.get_by_test_id("tab-exchange").click()
    await page.get_by_test_id("export-start").click()
    file = page.get_by_test_id("job-file")
    await expect(file).to_be_visible(timeout=SOON_MS)
    async with page.expect_download() as package:
        await file.click()
    kept = tmp_path / "package.zip"
    await (await package.value).save_as(kept)
    assert "datapackage.json" in zipfile.ZipFile(kept).namelist()

    await page.get_by_test_id("import-source").select_option("camtrap_dp")
    await page.get_by_test_id("import-file").set_input_files(kept)
    await page.get_by_test_id("import-start").click()
    states = page.get_by_test_id("job-state")
    await expect(states).to_have_text(["done", "done"], timeout=SOON_MS)
    assert await violations(page) == []


async def test_a_folder_is_handed_in_as_it_lies_there(at: Desk, tmp_path: Path) -> None:
    page, card = at.page, tmp_path / "card"
    for number, name in enumerate(("west/1.jpg", "östlich/2.JPG", "östlich/notes.txt")):
        (card / name).parent.mkdir(parents=True, exist_ok=True)
        (card / name).write_bytes(taken("2026:03:01 02:00:00", number))
    await page.get_by_test_id("tab-exchange").click()
    await page.get_by_test_id("import-folder").set_input_files(card)
    await page.get_by_test_id("import-start").click()

    await expect(page.get_by_test_id("job-state")).to_have_text("done", timeout=SOON_MS)
    new = [row for row in await at.world.rows(Detection) if row.captured_at.month == 3]
    assert sorted(row.deployment_id.rpartition("-")[2] for row in new) == ["west", "östlich"]
