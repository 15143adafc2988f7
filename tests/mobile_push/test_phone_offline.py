"""A weak link in a real Chromium: whatever is cut, nothing is lost and nothing is said twice."""

import base64
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.async_api import BrowserContext, Geolocation, Page, Route, expect

from tests.browser import CHROMIUM
from tests.mobile_push.fake_server import DIST, FakeServer
from tests.mobile_push.phone_hands import posts_to, until, until_true
from tests.mobile_push.phone_world import a_fence

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (DIST / "sw.js").is_file(), reason="the app is not built: make web"),
]

MAP_IS_KEPT = """new Promise(done => {
  const ask = indexedDB.open("trunkline");
  ask.onsuccess = () => {
    const kept = ask.result.transaction("snapshots").objectStore("snapshots").get("map");
    kept.onsuccess = () => {
      ask.result.close();
      done(kept.result?.geofences.features.length === 1);
    };
  };
})"""
VILLAGE: Geolocation = {"latitude": 22.2, "longitude": 100.9, "accuracy": 12}


async def report_from_here(page: Page, phone: BrowserContext, server: FakeServer) -> None:
    await phone.grant_permissions(["geolocation"], origin=server.origin)
    await phone.set_geolocation(VILLAGE)
    await page.get_by_test_id("tab-report").click()
    await page.get_by_test_id("count-5").check(force=True)
    await page.get_by_test_id("place-here").click()
    await expect(page.get_by_test_id("place-said")).to_contain_text("Place chosen")
    await page.get_by_test_id("report-send").click()
    await expect(page.get_by_test_id("report-kept")).to_be_visible()


def once(posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the server makes of them: a second telling of the same id changes nothing."""
    return list({post["id"]: post for post in reversed(posts)}.values())[::-1]


def moment(said: dict[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(str(said[name]))


async def test_after_a_day_without_a_signal_each_word_is_said_once_in_order(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await phone.set_offline(True)
    await page.get_by_test_id("alert").click()
    await page.get_by_test_id("answer-seen").click()
    await expect(page.get_by_test_id("answer-waiting")).to_have_count(1)
    await report_from_here(page, phone, server)
    await page.clock.install(time=datetime.now() + timedelta(hours=24))  # noqa: DTZ005
    await page.reload()
    await expect(page.get_by_test_id("queue")).to_contain_text("2")
    await page.evaluate("location.hash = '#/alert/a1'")
    for _ in range(2):
        await page.get_by_test_id("answer-all_clear").click()
    await expect(page.get_by_test_id("answer-waiting")).to_have_count(2)
    assert server.told == []

    await phone.set_offline(False)
    await page.reload()

    await until(lambda: len(posts_to(server, "/reports")) > 0)
    await expect(page.get_by_test_id("queue")).to_have_count(0)
    answers = once(posts_to(server, "/alerts/a1/answers"))
    assert [one["answer"] for one in answers] == ["seen", "all_clear"]
    assert moment(answers[1], "answered_at") - moment(answers[0], "answered_at") > timedelta(
        hours=23
    )
    [report] = once(posts_to(server, "/reports"))
    assert (report["count"], report["latitude"], report["positioned"]) == (5, 22.2, "gps")
    assert moment(report, "sent_at") - moment(report, "seen_at") > timedelta(hours=23)


async def test_the_map_is_there_without_a_signal_though_nobody_had_opened_it(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    server.site_map["geofences"]["features"] = [a_fence()]
    await page.reload()
    await until_true(page, MAP_IS_KEPT)
    await phone.set_offline(True)
    await page.reload()

    await page.get_by_test_id("tab-map").click()

    await expect(page.locator(".fence-name").last).to_have_text("Mengman Upper Village")


async def test_a_link_that_breaks_after_the_server_took_it_changes_nothing(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    server.cuts = 1
    await report_from_here(page, phone, server)
    await until(lambda: len(posts_to(server, "/reports")) > 0)

    await page.reload()

    await until(lambda: len(posts_to(server, "/reports")) > 1)
    await expect(page.get_by_test_id("queue")).to_have_count(0)
    reports = posts_to(server, "/reports")
    assert len(once(reports)) == 1
    assert len({each["seen_at"] for each in reports}) == 1


async def test_a_first_page_that_was_cut_comes_on_the_second_try(
    server: FakeServer, phone: BrowserContext
) -> None:
    page = await phone.new_page()
    cut = True

    async def script(route: Route) -> None:
        await (route.abort() if cut else route.continue_())

    await page.route("**/assets/index-*.js", script)
    await page.goto(f"{server.origin}/app/")
    await expect(page.get_by_test_id("link")).to_have_count(0)

    cut = False
    await page.reload()

    await expect(page.get_by_test_id("alert")).to_be_visible()


async def test_a_photo_leaves_the_phone_small_and_without_its_secrets(
    page: Page, server: FakeServer, phone: BrowserContext, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1500, 2000, 3), np.uint8)
    jpeg = bytes(cv2.imencode(".jpg", noise)[1].tobytes())
    exif = b"Exif\0\0" + b"GPS of a house"
    photo = jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]
    (tmp_path / "photo.jpg").write_bytes(photo)
    await page.get_by_test_id("tab-report").click()
    await page.get_by_test_id("photo").set_input_files(tmp_path / "photo.jpg")
    await expect(page.get_by_test_id("photo-shown")).to_be_visible()

    await report_from_here(page, phone, server)

    await until(lambda: len(posts_to(server, "/reports")) == 1)
    sent = base64.b64decode(posts_to(server, "/reports")[0]["photo"])
    assert len(photo) > 1_000_000 > 150_000 >= len(sent)
    assert b"GPS" not in sent
    assert cv2.imdecode(np.frombuffer(sent, np.uint8), cv2.IMREAD_COLOR) is not None
