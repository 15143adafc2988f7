"""How many events a hand can review in an hour: keys as fast as the pictures come.

`python -m tests.api.console.speed 500 [SECONDS]` prints one JSON object. Every key waits until the
event before has left the desk and the next picture is there and decoded, and for so many seconds
since the key before (0: as fast as it goes; a practised hand needs about one); then every label
must be stored.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.async_api import CDPSession, Page, expect
from sqlalchemy import func, select

from api.review.tables import Label
from tests.api.console.desk import Desk, all_stored, desk

# Presses a key; returns the milliseconds until the next event's picture is there, and until it was
# drawn. The first is ours; how soon a busy machine without a graphics card draws is not.
_PRESS = """(key) => new Promise((done, failed) => {
  const desk = () => document.querySelector('[data-testid="review-event"]');
  const before = desk()?.dataset.eventId;
  const began = performance.now();
  const look = () => {
    const now = desk();
    const picture = now?.querySelector('[data-testid="review-picture"]');
    if (now && (now.dataset.eventId === before || !picture?.complete)) return;
    observer.disconnect();
    document.removeEventListener("load", look, true);
    const there = performance.now() - began;
    requestAnimationFrame(() => done([there, performance.now() - began]));
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { subtree: true, childList: true, attributes: true });
  document.addEventListener("load", look, true);
  setTimeout(() => failed(new Error("the next event does not come")), 20000);
  window.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
})"""
KEYS = "exeaepeveuee"


async def review(page: Page, events: int, pace_s: float = 0.0) -> list[tuple[float, float]]:
    """Decide so many events, one key each; return when the next was there, and drawn, in ms."""
    found: list[tuple[float, float]] = []
    clock = asyncio.get_running_loop().time
    for number in range(events):
        pressed_at = clock()
        found.append(await page.evaluate(_PRESS, KEYS[number % len(KEYS)]))
        await asyncio.sleep(max(0.0, pressed_at + pace_s - clock()))
    return found


async def measure(at: Desk, events: int, pace_s: float = 0.0) -> dict[str, Any]:
    """Review so many events, wait until all is stored, and count."""
    page = at.page
    await expect(page.get_by_test_id("review-event")).to_be_visible(timeout=30_000)
    await page.wait_for_timeout(500)  # what a person needs to see the first picture
    tools = await page.context.new_cdp_session(page)
    await tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    busy_s = await _busy_s(tools)
    began = asyncio.get_running_loop().time()
    took = await review(page, events, pace_s)
    busy_s = await _busy_s(tools) - busy_s
    decided_s = asyncio.get_running_loop().time() - began
    await all_stored(page, within_ms=60_000 + 2_000 * events)  # a busy machine stores slowly
    stored_s = asyncio.get_running_loop().time() - began
    async with at.parts.database.reading() as session:
        labels = await session.scalar(select(func.count()).select_from(Label)) or 0
    return {
        "events": events,
        "labels_stored": labels,
        "per_hour": round(3600 * events / stored_s),
        "per_hour_decided": round(3600 * events / decided_s),
        "page_cpu_ms_per_event": round(1000 * busy_s / events, 1),
        "next_picture_ms": spread([there for there, _ in took]),
        "drawn_ms": spread([drawn for _, drawn in took]),
    }


async def _busy_s(tools: CDPSession) -> float:
    """How long the page's main thread has computed: of processor time, whatever else runs."""
    found = await tools.send("Performance.getMetrics")
    return float(next(m["value"] for m in found["metrics"] if m["name"] == "TaskDuration"))


def spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "p50": round(median(values), 1),
        "p95": round(quantiles(values, n=20)[-1], 1),
        "max": round(max(values), 1),
    }


async def main(events: int, pace_s: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with desk(Path(folder), events=events + 1) as at:
            print(json.dumps(await measure(at, events, pace_s)))


if __name__ == "__main__":
    asked = dict(enumerate(sys.argv))
    asyncio.run(main(int(asked.get(1, 500)), float(asked.get(2, 0))))
