"""A signed release goes up and is taken back in a real Chromium, by the keyboard."""

from pathlib import Path

from playwright.async_api import expect

from tests.api.fleet.operator_desk import in_chromium, operator_desk
from tests.api.fleet.test_uploads import KEY, OTHER, packed, public

pytestmark = in_chromium


async def test_a_release_is_refused_then_uploaded_then_withdrawn(tmp_path: Path) -> None:
    for name, key in (("good", KEY), ("foreign", OTHER)):
        (tmp_path / name).mkdir()
        packed(tmp_path / name, key)
    async with operator_desk(tmp_path, release_keys=(public(KEY),)) as desk:
        page = desk.page
        page.on("dialog", lambda dialog: dialog.accept())
        await desk.open("releases")
        file = page.get_by_test_id("upload-file")
        await file.set_input_files(tmp_path / "foreign/r.zip")
        await desk.tab_to("upload-send")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("upload-problem")).to_contain_text("not signed by a key")

        await file.set_input_files(tmp_path / "good/r.zip")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("upload-said")).to_contain_text("offered to")
        await expect(page.get_by_test_id("release")).to_contain_text("not answered yet")
        assert await desk.violations() == []

        await desk.tab_to("withdraw")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("release")).to_contain_text("withdrawn")
        await expect(page.get_by_test_id("withdraw")).to_have_count(0)
        assert await desk.violations() == []
