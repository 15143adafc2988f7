"""The fleet's pages in a real Chromium, by the keyboard."""

from pathlib import Path

from playwright.async_api import expect

from api.fleet.tables import StationConfig
from tests.api.fleet.operator_desk import in_chromium, operator_desk
from tests.api.tuning.valley import report_config

pytestmark = in_chromium


async def test_the_config_form_names_each_meaning_and_shows_what_counts(tmp_path: Path) -> None:
    async with operator_desk(tmp_path) as desk:
        page, world = desk.page, desk.world
        await report_config(world, world.ridge, {"thresholds": {"night_ir": 0.4}})
        await desk.open("overview")
        await expect(page.get_by_test_id("fleet-summary")).to_have_text(
            "3 of 3 stations need somebody"
        )
        assert await desk.violations() == []

        await desk.open("config/ridge")
        field = page.get_by_test_id("config-thresholds.night_ir")
        await expect(field).to_have_attribute("placeholder", "0.4")
        await expect(field).to_have_accessible_description(
            "Confidence from which an elephant is one by infrared (0 to 1)"
        )
        await field.focus()
        await page.keyboard.type("0.6")
        await page.get_by_test_id("config-note").focus()
        await page.keyboard.type("moths")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("differences")).to_contain_text("thresholds.night_ir")
        await expect(page.get_by_test_id("config-history")).to_contain_text("moths")
        assert await desk.violations() == []

        await desk.open("rollouts/ridge")
        await page.get_by_test_id("rollout-yard").focus()
        await page.keyboard.press("Space")
        await desk.tab_to("rollout-begin")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("rollout")).to_contain_text("Yard: not answered yet")
        assert await desk.violations() == []

        rows = await world.rows(StationConfig)
        assert [row.settings for row in rows] == [{"thresholds": {"night_ir": 0.6}}] * 2
