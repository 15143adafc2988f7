"""An operator tunes a camera by the keyboard alone, in a real Chromium."""

from pathlib import Path

from playwright.async_api import expect

from api.tuning.work import ask, make_due
from tests.api.fleet.operator_desk import Desk, in_chromium, operator_desk
from tests.api.tuning.valley import Seen, add_events, add_samples, watch_hours
from tests.api.world import DUSK

pytestmark = in_chromium

STUMP = [Seen(0.5, days_ago=20 + 10 * n) for n in range(12)]
ELEPHANTS = [Seen(0.8, days_ago=15 + 7 * n, verdict="elephant", foot=(0.7, 0.9)) for n in range(30)]


async def furnish(desk: Desk) -> None:
    world = desk.world
    await add_events(world, world.ridge, [*STUMP, *ELEPHANTS])
    await watch_hours(world, world.ridge, 300)
    await add_samples(world, world.ridge, [0.1, 0.35])
    async with world.database.transaction() as session:
        await ask(session, "valley", DUSK)
    await make_due(world.database, lambda: DUSK)


async def test_a_threshold_is_chosen_applied_and_taken_back_by_keys(tmp_path: Path) -> None:
    async with operator_desk(tmp_path) as desk:
        await furnish(desk)
        page = desk.page
        await desk.open("thresholds")
        await expect(page.get_by_test_id("threshold-row")).to_have_count(1)
        assert await desk.violations() == []

        await page.get_by_role("link", name="ridge-1, Night infrared").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("recommended")).to_contain_text("0.51")
        assert await desk.violations() == []

        await desk.tab_to("threshold-slider")
        await page.keyboard.press("ArrowRight")
        await desk.tab_to("apply-threshold")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("change")).to_contain_text("→ 0.52")

        await page.get_by_test_id("change").get_by_role("button").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("change")).to_contain_text("taken back by Ada")


async def test_samples_are_labelled_with_one_key_each(tmp_path: Path) -> None:
    async with operator_desk(tmp_path) as desk:
        await furnish(desk)
        page = desk.page
        await desk.open("samples")
        await expect(page.get_by_text("2 samples wait")).to_be_visible()
        assert await desk.violations() == []

        await page.keyboard.press("e")
        await expect(page.get_by_text("1 sample waits")).to_be_visible()
        await page.keyboard.press("n")

        await expect(page.get_by_test_id("empty")).to_contain_text("No sample waits")
