"""Operators say in the console how a verdict comes about."""

from pathlib import Path

from playwright.async_api import expect

from api.review.tables import ReviewRules
from tests.api.fleet.operator_desk import in_chromium, operator_desk

pytestmark = in_chromium


async def test_the_share_that_two_read_and_the_consensus_are_set_by_keys(tmp_path: Path) -> None:
    async with operator_desk(tmp_path) as desk:
        await desk.page.goto(f"{desk.url}/console/#/findings")
        await expect(desk.page.get_by_test_id("second-share")).to_have_value("10")
        await desk.tab_to("second-share")
        await desk.page.keyboard.type("30")
        await desk.page.keyboard.press("Tab")
        await desk.page.keyboard.press("a")  # all of one mind
        await desk.tab_to("rules-save")
        await desk.page.keyboard.press("Enter")
        await expect(desk.page.get_by_test_id("rules-said")).to_have_text("Saved.")

        (rules,) = await desk.world.rows(ReviewRules)
        assert (rules.second_share, rules.consensus) == (0.3, "unanimous")
        assert await desk.violations() == []
