"""The map in a real Chromium: what a hand does to it, and what it does not draw anew."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from api.herds.routes import MOST_IN_FULL
from api.tables import Herd
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
                first_seen_at=seen_at - timedelta(minutes=9),
                last_seen_at=seen_at - timedelta(minutes=1 + number),
                count=1,
            )
            for number, longitude in enumerate(east)
        ]
        async with at.world.database.transaction() as session:
            session.add_all(herds)
        page = at.page
        await page.reload()
        await expect(page.get_by_role("button", name="Ridge").first).to_be_visible()
        await page.evaluate(_COUNT_DRAWINGS)

        await _drag(page, 60)
        assert await page.evaluate("window.drawings") == 0
        await _drag(page, 450)
        await _drag(page, 450)
        assert await page.evaluate("window.drawings") > 0

        ridge = page.locator("button.station-pin[title=Ridge]")
        await ridge.focus()
        await ridge.press("Enter")
        await expect(page.locator(".leaflet-popup-content")).to_contain_text("Ridge")


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
