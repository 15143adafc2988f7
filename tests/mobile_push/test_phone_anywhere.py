"""The app where little is given: no touch screen, no https, no map but what the phone keeps."""

import struct
from collections.abc import AsyncIterator

import cv2
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.browser import ARGUMENTS, CHROMIUM
from tests.mobile_push.fake_server import DIST, FakeServer, ago, an_alert
from tests.mobile_push.phone_hands import posts_to, until, until_true
from tests.mobile_push.phone_world import an_evening

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (DIST / "sw.js").is_file(), reason="the app is not built: make web"),
]


async def press_until(page: Page, key: str, focused: str) -> None:
    """Press a key until something has the focus; a keyboard user has no more patience than this."""
    for _ in range(25):
        await page.keyboard.press(key)
        if await page.evaluate(f"document.activeElement.matches({focused!r})"):
            return
    pytest.fail(f"{focused} is not reached by {key}")


async def test_an_alert_is_found_and_answered_without_a_touch_screen(
    page: Page, server: FakeServer
) -> None:
    await press_until(page, "Tab", "[data-alert=a1]")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_be_focused()  # a screen reader begins where the eye does

    await press_until(page, "Tab", "[data-testid=answer-on_my_way]")
    await page.keyboard.press("Space")

    await until(lambda: [b["answer"] for b in posts_to(server, "/a1/answers")] == ["on_my_way"])


@pytest_asyncio.fixture(loop_scope="session")
async def village(server: FakeServer) -> AsyncIterator[Page]:
    """A phone in a village network: a name without a certificate, and nothing beyond it."""
    to_us = "--host-resolver-rules=MAP village.test 127.0.0.1"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, to_us]
        )
        page = await browser.new_page(locale="en-GB", viewport={"width": 360, "height": 740})
        await page.goto(server.origin.replace("127.0.0.1", "village.test") + "/app/")
        yield page
        await browser.close()


async def test_a_village_network_without_https_rings_and_takes_answers_while_the_app_is_open(
    village: Page, server: FakeServer
) -> None:
    assert not await village.evaluate("isSecureContext")
    await expect(village.get_by_test_id("link")).to_have_attribute("data-state", "live")
    await village.evaluate("window.addEventListener('trunkline-ring', () => window.rang = true)")

    server.say(an_alert(id="new", level="danger", captured_at=ago()))
    await until_true(village, "window.rang === true")
    await village.locator("[data-alert=new]").click()
    await village.get_by_test_id("answer-seen").click()

    await until(lambda: len(posts_to(server, "/new/answers")) == 1)
    await until(lambda: ("new", "opened") in server.glances)
    await village.goto(village.url.partition("#")[0] + "#/settings")
    await expect(village.get_by_test_id("bell")).to_contain_text("This address is not secure")


async def test_a_stream_that_broke_goes_on_after_what_was_heard_last(
    page: Page, server: FakeServer
) -> None:
    server.say(an_alert(id="heard"))
    await expect(page.locator("[data-alert=heard]")).to_be_visible()

    server.hang_up()

    await until(lambda: len(server.resumed) == 2)
    assert server.resumed == [None, "heard"]


async def test_each_level_has_a_sound_and_a_buzz_of_its_own(page: Page) -> None:
    await page.evaluate("""() => {
      window.felt = [];
      window.sounded = {};
      navigator.vibrate = buzz => window.felt.push(String(buzz));
      const rung = [];
      addEventListener("trunkline-ring", ({ detail }) => rung.push(detail));
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (at) {
        const level = ["watch", "warning", "danger"][rung.length];
        (window.sounded[level] ??= []).push(`${this.type} ${this.frequency.value}`);
        return start.call(this, at);
      };
    }""")
    await page.get_by_test_id("tab-settings").click()
    await page.get_by_test_id("try-sounds").click()
    await until_true(page, "window.felt.length === 3 && window.sounded.danger?.length > 0")

    sounded: dict[str, list[str]] = await page.evaluate("window.sounded")
    assert len({*(await page.evaluate("window.felt"))}) == 3
    assert len({tuple(tones) for tones in sounded.values()}) == 3
    assert len(sounded["watch"]) < len(sounded["warning"]) < len(sounded["danger"])


CLOSEST = 14  # zoom


def a_tiles_file() -> bytes:
    """A PMTiles file (version 3) in which one grey picture lies everywhere, at every zoom."""
    picture = bytes(cv2.imencode(".png", np.full((256, 256), 90, np.uint8))[1].tobytes())
    everywhere = sum(4**zoom for zoom in range(CLOSEST + 1))
    directory = b"".join(map(varint, (1, 0, everywhere, len(picture), 1)))
    metadata = b"{}"
    places: list[int] = []
    for part in (directory, metadata, b"", picture):  # no leaves
        places += [127 + sum(places[1::2]), len(part)]
    counts = (everywhere, 1, 1)
    kinds = (1, 1, 1, 2, 0, CLOSEST)  # clustered, twice uncompressed, PNG, zooms
    bounds = (-1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
    header = struct.pack("<8Q3Q6B4iB2i", *places, *counts, *kinds, *bounds, 0, 0, 0)
    return b"PMTiles\x03" + header + directory + metadata + picture


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


DRAWN = "[...document.querySelectorAll('.tiles img')].some(one => one.naturalWidth === 256)"


async def test_map_pictures_are_fetched_once_and_drawn_without_a_signal(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    an_evening(server)
    server.tiles = a_tiles_file()
    offered = {"url": "/api/v1/tiles/valley", "name": "valley", "datum": "gcj02"}
    server.site_map["tiles"] = offered | {"size_bytes": len(server.tiles)}
    await page.get_by_test_id("tab-map").click()
    await expect(page.locator(".leaflet-container .mark-herd")).to_be_visible()
    assert not await page.evaluate(DRAWN)  # it needs none

    await page.get_by_test_id("tiles-keep").click()
    await until_true(page, DRAWN)
    await phone.set_offline(True)
    await page.reload()

    await until_true(page, DRAWN)
    await expect(page.locator(".leaflet-container .mark-herd")).to_be_visible()
