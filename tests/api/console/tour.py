"""Every screen of the console over a site, in a real Chromium: what axe finds, what sticks out.

`python -m tests.api.console.tour FOLDER [DETECTIONS [DATABASE_URL]]` leaves a picture of each
screen at two widths in a new folder, and prints one JSON object with what is wrong on them, and
with the times between the map's frames while it is dragged and zoomed.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from api.calm import calm_collector
from api.database import Database
from api.tables import Role
from tests.api.console.accessible import violations
from tests.api.console.desk import a_page, serving
from tests.api.console.large_site import Size
from tests.api.console.pages import large_site
from tests.api.console.speed import spread

WIDTHS = (1280, 1024)
HEIGHT = 800
READY_MS = 30_000
SCREENS = (
    *("detections", "review", "findings", "individuals", "exchange", "map", "stations", "alerts"),
    *(
        "fleet/overview",
        "fleet/thresholds",
        "fleet/thresholds/cam0/cam0-1/night_ir",
        "fleet/samples",
        "fleet/config/cam0",
    ),
    *("fleet/rollouts", "fleet/releases", "fleet/replay", "fleet/reach", "quarantine"),
    *("people/users", "people/tokens", "people/audit", "people/certificates"),
)
# What is wider than its own screen, with no bar to push it: text or controls that nobody can reach.
_STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth;
  const scrolls = (node) => {
    for (let at = node.parentElement; at; at = at.parentElement)
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(at).overflowX)) return true;
    return false;
  };
  return [...document.querySelectorAll("body *")]
    .filter((node) => node.getBoundingClientRect().right > wide + 1 && node.getClientRects().length)
    .filter((node) => !scrolls(node) && getComputedStyle(node).position !== "fixed")
    .slice(0, 5)
    .map((node) => `${node.tagName.toLowerCase()}.${node.className} sticks out`);
}"""
# Times between frames, in ms, from now until `ended` is called.
_WATCH = """() => {
  const times = []; let last = performance.now(); let going = true;
  const frame = (now) => {
    times.push(now - last);
    last = now;
    if (going) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.ended = () => { going = false; return times.slice(2); };
}"""


@asynccontextmanager
async def administrators_page(database: Database, folder: Path, size: Size) -> AsyncIterator[Page]:
    """Open the console over a site of that size."""
    async with large_site(database, folder, size) as shell:
        code = await shell.invite(Role.ADMINISTRATOR)
        calm_collector()
        async with serving(shell.parts) as url, a_page(f"{url}/console/#/join/{code}") as page:
            await page.get_by_test_id("person-name").fill("Ada")
            await page.get_by_test_id("sign-in-submit").click()
            await page.get_by_test_id("tab-map").wait_for(timeout=READY_MS)
            yield page


async def go(page: Page, screen: str) -> None:
    """Open a screen, and wait until nothing more comes."""
    await page.evaluate("(screen) => { window.location.hash = `#/${screen}`; }", screen)
    await page.locator("main h1, main h2").first.wait_for(state="attached", timeout=READY_MS)
    await page.wait_for_function(
        "() => !document.querySelector('[data-testid=loading]')", timeout=READY_MS
    )
    await page.wait_for_timeout(150)


async def wrong_with(page: Page) -> list[str]:
    """What axe finds on the open screen, and what sticks out of it."""
    sticking: list[str] = await page.evaluate(_STICKS_OUT)
    return [*await violations(page), *sticking]


async def look_at_all(
    page: Page, pictures: Path | None, widths: Sequence[int] = WIDTHS
) -> dict[str, list[str]]:
    """Return what is wrong with each screen at each width; nothing of those that are right."""
    found = {}
    for width in widths:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        for screen in SCREENS:
            await go(page, screen)
            name = f"{screen.replace('/', '-')}-{width}"
            if pictures is not None:
                await page.screenshot(path=pictures / f"{name}.png")
            if problems := await wrong_with(page):
                found[name] = problems
    return found


async def map_frames(page: Page) -> dict[str, Any]:
    """Return the times between the map's frames while a hand drags it about and zooms."""
    await page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    await go(page, "map")
    box = await page.get_by_test_id("map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    found: dict[str, Any] = {}
    for what in ("dragging", "zooming"):
        await page.evaluate(_WATCH)
        began = time.perf_counter()
        for step in range(40):
            if what == "dragging":
                await page.mouse.down()
                for part in range(1, 6):
                    there = (-1) ** step * part  # and back: the site stays in view
                    await page.mouse.move(x + 40 * there, y + 15 * there)
                await page.mouse.up()
                await page.mouse.move(x, y)
            else:
                await page.mouse.wheel(0, -120 if step % 8 < 4 else 120)
                await page.wait_for_timeout(120)
        times = await page.evaluate("window.ended()")
        found[what] = spread(times) | {"frames": len(times)}
        found[what]["seconds"] = round(time.perf_counter() - began, 1)
    return found


async def main(folder: Path, detections: int, url: str | None) -> None:
    database = Database(url or f"sqlite+aiosqlite:///{folder}/trunkline.db")
    async with administrators_page(database, folder, Size(detections)) as page:
        frames = await map_frames(page)
        wrong = await look_at_all(page, folder)
    print(json.dumps({"screens": len(SCREENS), "wrong": wrong, "map_frames_ms": frames}, indent=1))
    await database.close()


if __name__ == "__main__":
    where = Path(sys.argv[1])
    where.mkdir(parents=True)
    asked = dict(enumerate(sys.argv))
    asyncio.run(main(where, int(asked.get(2, 2000)), asked.get(3)))
