"""The map in a real Chromium: what a hand does to it, and what it does not draw anew."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from api.herds.routes import MOST_IN_FULL
from api.tables import Event, Herd
from tests.api.console.desk import desk
from tests.api.world import DUSK, VALLEY
from tests.browser import CHROMIUM

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

# Counts how often the herds' canvas is drawn anew: it is emptied for that.
_COUNT_DRAWINGS = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let calm = 0; calm < 5; calm += 1) {  // the map has come to rest
    await frame();
    if (document.querySelector(".leaflet-zoom-anim, .leaflet-pan-anim")) calm = 0;
  }
  window.drawings = 0;
  const setter = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, "width").set;
  Object.defineProperty(HTMLCanvasElement.prototype, "width", {
    set(value) { window.drawings += 1; setter.call(this, value); },
  });
}"""


async def test_a_hand_on_the_map(tmp_path: Path) -> None:
    """A short drag draws nothing anew, a long one does; pins are pressed by key and tell."""
    async with desk(tmp_path, events=1, tab="map") as at:
        seen_at = DUSK + timedelta(days=1)
        east = [VALLEY.longitude + 0.0001 * number for number in range(MOST_IN_FULL + 1)]
        herds = [
            Herd(
                site_id="valley",
                latitude=VALLEY.latitude,
                longitude=longitude,
                first_seen_at=seen_at - timedelta(minutes=40),
                last_seen_at=seen_at - timedelta(minutes=1 + number),
                count=1,
            )
            for number, longitude in enumerate(east)
        ]
        async with at.world.database.transaction() as session:
            session.add_all(herds)
            await session.flush()
            of_the_last = Event(
                site_id="valley",
                station_id=at.world.ridge.id,
                deployment_id="ridge-1",
                herd_id=herds[-1].id,
                started_at=herds[-1].first_seen_at,
                ended_at=herds[-1].last_seen_at,
                latitude=herds[-1].latitude,
                longitude=herds[-1].longitude,
                count=1,
                simulated=False,
            )
            session.add(of_the_last)
        page = at.page
        await page.reload()
        await expect(page.get_by_role("button", name="Ridge").first).to_be_visible()
        await page.evaluate(_COUNT_DRAWINGS)

        x, y = await _middle(page, "Ridge")
        per_degree = ((await _middle(page, "Far"))[0] - x) / (
            at.world.far.longitude - at.world.ridge.longitude
        )
        async with page.expect_request(
            "**/api/v1/herds/*", timeout=9_000
        ):  # of the herd that is not told in full
            await page.mouse.move(x + (east[-1] - at.world.ridge.longitude) * per_degree, y)
        await expect(page.locator(".leaflet-tooltip")).to_contain_text("come to Guanping")

        await _drag(page, 60)
        assert await page.evaluate("window.drawings") == 0
        await _drag(page, 450)
        await _drag(page, 450)
        assert await page.evaluate("window.drawings") > 0

        ridge = page.locator("button.station-pin[title=Ridge]")
        await ridge.focus()
        await ridge.press("Enter")
        await expect(page.locator(".leaflet-popup-content")).to_contain_text("Ridge")


async def _middle(page: Page, station: str) -> tuple[float, float]:
    box = await page.locator(f"button.station-pin[title={station}]").bounding_box()
    assert box is not None
    return box["x"] + 13, box["y"] + 13


async def _drag(page: Page, right_px: int) -> None:
    box = await page.get_by_test_id("map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2 - right_px / 2, box["y"] + 40
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + right_px / 2, y)
    await page.wait_for_timeout(60)  # a hand that rests before it lets go throws nothing
    await page.mouse.move(x + right_px, y)
    await page.wait_for_timeout(60)
    await page.mouse.up()
