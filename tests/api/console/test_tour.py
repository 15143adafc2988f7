"""Every screen of the console on a narrow desktop: axe finds nothing, and nothing sticks out."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from api.database import Database
from tests.api.console.large_site import Size
from tests.api.console.tour import WIDTHS, administrators_page, go, look_at_all, wrong_with
from tests.browser import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

# What lies one over the other in the middle of a geofence.
_UPPERMOST_FIRST = """() => {
    const box = document.querySelector("path.zone-area").getBoundingClientRect();
    const there = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return there.map((each) => each.tagName.toLowerCase());
}"""


async def test_no_screen_of_a_filled_site_has_anything_wrong(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/trunkline.db")
    async with administrators_page(database, tmp_path, Size(detections=320, least=8)) as page:
        found = await look_at_all(page, None, [min(WIDTHS)])
        await go(page, "map")
        drawn = await page.evaluate(_UPPERMOST_FIRST)
        await go(page, "findings")
        ways = page.get_by_test_id("paths-map")
        await expect(ways.locator("canvas")).to_be_visible()
        await expect(ways.locator(".zone-name").first).to_be_attached()
        await go(page, "stations")
        await page.evaluate("""() => {
            const spoilt = document.createElement("button");
            spoilt.style.marginLeft = "2000px"; // the page allows no style in its markup
            document.querySelector("main").append(spoilt);
        }""")
        spoilt = await wrong_with(page)
    await database.close()

    assert found == {}
    assert drawn.index("canvas") < drawn.index("path")  # zones would hide where herds go
    assert [each.partition(":")[0] for each in spoilt] == ["button-name", "button. sticks out"]
