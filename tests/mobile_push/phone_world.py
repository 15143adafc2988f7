"""An evening in a valley: something on every screen of the phone, and how to look at them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.async_api import Browser, Page, expect

from tests.mobile_push.fake_server import DIST, FakeServer, ago, an_alert

LAYOUT = (Path(__file__).parent / "layout.js").read_text()
AXE = DIST.parents[2] / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"

SCREENS = {
    "join": "#/join/abcd-efgh",
    "alerts": "#/",
    "alert": "#/alert/a1",
    "reported": "#/alert/r1",
    "map": "#/map",
    "report": "#/report",
    "settings": "#/settings",
    "drills": "#/drills",
    "reach": "#/reach",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at the app."""

    language: str = "en"
    width: int = 320
    dark: bool = False
    height: int = 700


def a_picture() -> bytes:
    """A night that is nobody's: a grey gradient with a dark shape."""
    grey = np.tile(np.linspace(30, 120, 320, dtype=np.uint8), (240, 1))
    cv2.ellipse(grey, (170, 140), (70, 45), 0, 0, 360, 20, -1)
    return bytes(cv2.imencode(".jpg", grey)[1].tobytes())


def an_evening(server: FakeServer) -> None:
    """Put something on every screen."""
    animals = [{"label": "elephant", "confidence": 0.9, "box": [0.3, 0.4, 0.45, 0.4]}]
    evidence = {"url": "/api/v1/media/x", "lighting": "night_ir", "animals": animals}
    answers = [{"person": "Yu Han", "answer": "seen", "answered_at": ago(minutes=3)}]
    server.picture = a_picture()
    reported = {"id": "r1", "person": "Mei Lin", "believed": False, "heading": "sw"}
    by_hand = {"reported": reported, "level": "watch", "distance_m": 2300, "my_answer": "seen"}
    over = {"state": "all_clear", "raised_at": ago(hours=5), "captured_at": ago(hours=5)}
    old = {"level": "danger", "raised_at": ago(days=3), "captured_at": ago(days=3)}
    ours, tea = {"id": 1, "name": "Mengman Upper Village"}, {"id": 2, "name": "Tea road"}
    for alert in (
        an_alert(level="danger", distance_m=0, geofence=ours, evidence=evidence, answers=answers),
        an_alert(id="r1", geofence=tea, evidence=evidence | {"animals": []}, **by_hand),
        an_alert(id="d1", simulated=True, count=1, geofence=tea),
        an_alert(id="o1", count=12, geofence=ours, **over),
        an_alert(id="l1", geofence=tea, lapses_at=ago(days=2.9), **old),
    ):
        server.alerts[alert["id"]] = alert
    server.site_map = {
        "geofences": {"type": "FeatureCollection", "features": [a_fence()]},
        "stations": [
            {"id": "s", "name": "Ridge", "latitude": 22.22, "longitude": 100.9, "state": "online"}
        ],
        "herds": [a_herd()],
        "tiles": None,
    }
    server.drill = a_drill()


def a_fence() -> dict[str, Any]:
    ring = [[100.89, 22.19], [100.91, 22.19], [100.91, 22.2], [100.89, 22.2], [100.89, 22.19]]
    names = {"id": 1, "name": "Mengman Upper Village", "kind": "village", "followed": True}
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": names | {"buffer_m": 500, "watch_m": 1500},
    }


def a_herd() -> dict[str, Any]:
    path = [
        {"latitude": 22.24 - step * 0.01, "longitude": 100.89 + step * 0.004, "at": ago(minutes=40)}
        for step in range(4)
    ]
    forecast = [
        {
            "after_min": after,
            "at": ago(minutes=-after),
            "area": {"type": "Polygon", "coordinates": [cone(after / 6000)]},
        }
        for after in (15, 30, 60)
    ]
    arrival = {"geofence": {"id": 1, "name": "Mengman"}, "chance": 0.7, "likely_at": ago(hours=-1)}
    arrival |= {"earliest_at": ago(minutes=-30), "latest_at": ago(minutes=-90)}
    return {
        "id": 1,
        "simulated": False,
        "path": path,
        "heading_deg": 160,
        "forecast": forecast,
        "arrivals": [arrival],
    }


def cone(reach: float) -> list[list[float]]:
    tip, left, right = [100.902, 22.21], [100.9, 22.21 - reach], [100.91, 22.21 - reach]
    return [tip, left, right, tip]


def a_drill() -> dict[str, Any]:
    ways = [{"channel": "web_push", "state": "sent", "detail": None}]
    reached = {"id": 1, "name": "Mei Lin", "reached_s": 2.4, "answered_s": 9.0, "answer": "seen"}
    missed = {"id": 2, "name": "Old Zhang", "reached_s": None, "answered_s": None, "answer": None}
    return {
        "id": "drill",
        "scope": "village",
        "level": "warning",
        "started_at": ago(minutes=8),
        "people": 2,
        "reached": 1,
        "answered": 1,
        "median_s": 2.4,
        "results": [reached | {"ways": ways}, missed | {"ways": []}],
    }


@asynccontextmanager
async def looking(browser: Browser, server: FakeServer, look: Look) -> AsyncIterator[Page]:
    """Open the app as somebody sees it. The service worker stays out: every look is the first."""
    context = await browser.new_context(
        viewport={"width": look.width, "height": look.height},
        locale=look.language,
        timezone_id="Asia/Shanghai",
        color_scheme="dark" if look.dark else "light",
        service_workers="block",
    )
    page = await context.new_page()
    await page.goto(f"{server.origin}/app/")
    await expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")
    yield page
    await context.close()


async def turn_to(page: Page, server: FakeServer, screen: str) -> None:
    """Go to a screen and wait until it stands."""
    server.signed_in = screen != "join"
    if screen == "join":
        await page.goto(f"{server.origin}/app/{SCREENS[screen]}")
        await page.reload()
        await expect(page.get_by_test_id("join")).to_be_visible()
        return
    if await page.get_by_test_id("join").count():
        await page.reload()
        await expect(page.get_by_test_id("link")).to_be_visible()
    await page.evaluate(f"location.hash = '{SCREENS[screen]}'")
    await expect(page.locator("main h1").first).to_be_attached()
    if screen in {"alert", "reported"}:
        await expect(page.get_by_test_id("evidence")).to_be_visible()
        await expect(page.get_by_test_id("heading")).to_be_visible()
    if screen == "map":
        await expect(page.locator(".leaflet-container .mark-herd")).to_be_visible()
    if screen == "reach":
        await expect(page.get_by_test_id("reach-gone")).to_be_visible()
    if screen == "drills":
        await expect(page.get_by_test_id("drill-result")).to_be_visible()
    await asyncio.sleep(0.05)


async def misfits(page: Page) -> list[str]:
    """Say what leaves the screen, is cut, or lies over something else."""
    found: list[str] = await page.evaluate(LAYOUT)
    return found


async def violations(page: Page) -> list[str]:
    """Say what axe finds: rule, and the first place of it."""
    await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(
        """async rules => (await axe.run(document, {
            runOnly: { type: "tag", values: rules },
            rules: { "color-contrast-enhanced": { enabled: true } }, // for sun and night
          }))
          .violations.map(one => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`)""",
        list(AXE_RULES),
    )
    return found
