"""A researcher's review desk in a real Chromium, keys alone, against a real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from api.individuals.tables import Individual
from api.review.tables import EventReview, Label
from tests.api.console.accessible import violations
from tests.api.console.desk import HEIGHT, WIDTH, Desk, all_stored, desk
from tests.api.console.speed import measure
from tests.api.world import DUSK
from tests.browser import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path, events=24, frames=2) as opened:
        await expect(opened.page.get_by_test_id("review-boxes")).to_be_visible(timeout=60_000)
        yield opened


async def test_one_key_per_event_and_every_label_is_stored(at: Desk) -> None:
    found = await measure(at, 20)

    assert found["labels_stored"] == 20
    reviews = [row.state for row in await at.world.rows(EventReview)]
    assert (reviews.count("done"), reviews.count("open")) != (0, 24)
    assert await violations(at.page) == []


async def test_undo_leads_back_as_often_as_one_likes_and_past_a_reload(at: Desk) -> None:
    page, shown = at.page, at.page.get_by_test_id("review-event")
    first = await shown.get_attribute("data-event-id")
    for key in "exa":
        await page.keyboard.press(key)
    await all_stored(page)
    await page.reload()
    await expect(shown).to_be_visible(timeout=60_000)

    for _ in "exa":  # faster than the server says what was there before
        await page.keyboard.press("z")
    await expect(shown).to_have_attribute("data-event-id", str(first), timeout=30_000)
    await all_stored(page)

    rows = await at.world.rows(Label)
    assert [row.takes_back for row in rows] == [None, None, None, 3, 2, 1]


async def test_a_box_is_drawn_moved_resized_and_copied_without_a_mouse(at: Desk) -> None:
    page = at.page
    await page.keyboard.press("ArrowLeft")  # the first frame, whichever shows most
    await expect(page.get_by_test_id("review-boxes")).to_be_visible()
    for key in ("b", "Delete", "d", "ArrowRight", "Control+ArrowDown", "Shift+ArrowLeft", "l", "c"):
        await page.keyboard.press(key)
    await page.keyboard.press("e")
    await all_stored(page)

    first, second, whole = sorted(await at.world.rows(Label), key=lambda label: label.id)
    assert first.boxes is not None
    (box,) = first.boxes
    left, top, width, height = box["box"]
    pixels = (left * WIDTH, top * HEIGHT, width * WIDTH, height * HEIGHT)
    assert pixels == pytest.approx((161, 130, 319, 240), abs=1e-9)
    assert box["label"] == "animal"
    assert second.boxes == first.boxes
    assert first.detection_id != second.detection_id
    assert (whole.detection_id, whole.boxes, whole.decision) == (None, None, "elephant")


async def test_a_hand_with_a_mouse_draws_to_the_pixel(at: Desk) -> None:
    page = at.page
    await page.keyboard.press("b")
    drawing = page.get_by_test_id("review-boxes")
    where = await drawing.evaluate(
        """(svg) => { const m = svg.getScreenCTM(); return [m.a, m.e, m.f]; }"""
    )
    scale, left, top = where

    async def to(x: float, y: float) -> None:
        await page.mouse.move(left + x * scale, top + y * scale)

    await to(10, 20)
    await page.mouse.down()
    await to(40, 60)
    await to(110, 90)
    await page.mouse.up()
    await page.keyboard.press("Escape")
    await all_stored(page)

    (label,) = await at.world.rows(Label)
    assert label.boxes is not None
    drawn = label.boxes[-1]["box"]
    sides = (drawn[0] * WIDTH, drawn[1] * HEIGHT, drawn[2] * WIDTH, drawn[3] * HEIGHT)
    assert sides == pytest.approx((10, 20, 100, 70), abs=1)
    assert all(abs(side - round(side)) < 1e-9 for side in sides)


async def test_count_age_note_and_individual_go_with_the_decision(at: Desk) -> None:
    page = at.page
    kept = {"sex": "female", "life_stage": "adult", "added_at": DUSK}
    await at.world.add(Individual(site_id="valley", name="Old Moon", digit=1, **kept))
    await page.reload()
    await expect(page.get_by_text("Old Moon")).to_be_visible(timeout=60_000)
    for key in ("+", "+", "g"):
        await page.keyboard.press(key)
    await expect(page.get_by_label("Age", exact=True)).to_be_focused()
    for key in ("ArrowDown", "Tab", "ArrowDown", "Escape", "1", "n"):
        await page.keyboard.press(key)
    await page.keyboard.type("crossing, e")
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await all_stored(page)

    (label,) = await at.world.rows(Label)
    assert (label.count, label.individuals, label.behaviour) == (3, [1], "crossing, e")
    assert label.groups == [{"count": 1, "life_stage": "subadult", "sex": "female"}]


async def test_what_the_network_away_could_not_take_is_stored_later(at: Desk) -> None:
    page = at.page
    await page.route("**/review/labels", lambda route: route.abort())
    await page.keyboard.press("e")
    await page.keyboard.press("x")
    stored = page.get_by_test_id("review-stored")
    await expect(stored).to_contain_text("2 not stored")
    assert await at.world.rows(Label) == []

    await page.unroute("**/review/labels")
    await all_stored(page)

    assert [row.decision for row in await at.world.rows(Label)] == ["elephant", "nothing"]
