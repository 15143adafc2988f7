"""What an alert does to whom, in a real Chromium: it insists, it shows, it keeps secrets."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser import CHROMIUM
from tests.mobile_push.fake_server import DIST, FakeServer, ago, an_alert
from tests.mobile_push.phone_hands import posts_to, until
from tests.mobile_push.phone_world import a_fence, an_evening

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (DIST / "sw.js").is_file(), reason="the app is not built: make web"),
]

COUNTS_RINGS = """window.rung = [];
  window.addEventListener("trunkline-ring", ({ detail }) => window.rung.push(detail))"""


async def rings(page: Page) -> list[str]:
    rung: list[str] = await page.evaluate("window.rung")
    return rung


async def test_danger_rings_until_its_person_answers(page: Page, server: FakeServer) -> None:
    await page.evaluate(COUNTS_RINGS)
    await page.clock.install()
    server.say(an_alert(id="new", level="danger", captured_at=ago(), herd_id=2))
    await expect(page.locator("[data-alert=new]")).to_be_visible()
    for times in range(2, 5):
        await page.clock.run_for(16_000)
        while len(await rings(page)) < times:
            await page.wait_for_timeout(50)
    assert await rings(page) == ["danger"] * 4

    await page.locator("[data-alert=new]").click()
    await page.get_by_test_id("answer-seen").click()
    await until(lambda: len(posts_to(server, "/alerts/new/answers")) == 1)
    await page.clock.run_for(40_000)
    await page.wait_for_timeout(1_200)  # the app looks once a second

    assert await rings(page) == ["danger"] * 4


async def test_somebody_else_s_drill_rings_nobody_else(page: Page, server: FakeServer) -> None:
    await page.evaluate(COUNTS_RINGS)
    theirs = {"simulated": True, "level": "danger", "captured_at": ago(), "rings_me": False}
    server.say(an_alert(id="theirs", **theirs))
    server.say(an_alert(id="mine", level="watch", captured_at=ago(), rings_me=True))
    await expect(page.locator("[data-alert=mine]")).to_be_visible()

    assert await rings(page) == ["watch"]
    await until(lambda: ("mine", "shown") in server.glances)
    assert ("theirs", "shown") not in server.glances


async def test_what_a_broken_link_hid_rings_when_it_is_back(page: Page, server: FakeServer) -> None:
    await page.evaluate(COUNTS_RINGS)
    server.alerts["hidden"] = an_alert(id="hidden", captured_at=ago(minutes=2))

    server.hang_up()

    await expect(page.locator("[data-alert=hidden]")).to_be_visible()
    assert await rings(page) == ["warning"]


async def test_what_nobody_cleared_for_days_stands_below_tonight_and_says_so(
    page: Page, server: FakeServer
) -> None:
    days_ago = {"level": "danger", "raised_at": ago(days=3), "captured_at": ago(days=3)}
    server.alerts["old"] = an_alert(id="old", lapses_at=ago(days=2.9), **days_ago)
    server.alerts["tonight"] = an_alert(id="tonight", level="watch")
    await page.reload()
    cards = page.get_by_test_id("alert")
    await expect(cards.last).to_contain_text("Old, never cleared3 days ago")

    ids = [await card.get_attribute("data-alert") for card in await cards.all()]
    assert ids == ["a1", "tonight", "old"]
    await expect(page.get_by_test_id("tab-alerts")).to_contain_text("2")
    await cards.last.click()
    await expect(page.get_by_test_id("answers").get_by_role("button")).to_have_count(2)
    await expect(page.get_by_test_id("answer-all_clear")).to_be_visible()  # a ranger tidies up


async def test_an_alert_lapses_by_itself_without_a_signal(page: Page, server: FakeServer) -> None:
    await page.clock.install()
    await expect(page.get_by_text("Nobody has answered yet")).to_be_visible()
    await page.context.set_offline(True)

    await page.clock.fast_forward("02:55:00")
    await expect(page.get_by_test_id("alert")).to_contain_text("Warning2 h ago")
    await page.clock.fast_forward("02:00")

    await expect(page.get_by_test_id("alert")).to_contain_text("Old, never cleared")
    await expect(page.get_by_test_id("no-alerts")).to_be_visible()


async def test_an_alert_is_measured_from_where_the_phone_is_and_nobody_is_told(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await phone.grant_permissions(["geolocation"], origin=server.origin)
    await phone.set_geolocation({"latitude": 22.2, "longitude": 100.87, "accuracy": 10})
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))
    await page.get_by_test_id("alert").click()
    await page.get_by_test_id("from-me").click()

    await expect(page.get_by_test_id("from-me-said")).to_contain_text("3.1 km to the east")
    await until(lambda: ("a1", "opened") in server.glances)
    assert not any("100.87" in each or "22.2" in each for each in sent)


async def test_an_alert_shows_which_way_they_walk_though_nobody_opened_the_map(
    page: Page, server: FakeServer
) -> None:
    an_evening(server)  # a herd that begins to walk now

    await page.get_by_test_id("alert").click()

    await expect(page.get_by_test_id("heading")).to_contain_text("Going south")
    await expect(page.get_by_test_id("heading")).to_contain_text("May arrive between")


async def test_every_answer_is_drawn_as_well_as_written(page: Page, server: FakeServer) -> None:
    await page.get_by_test_id("alert").click()

    drawn = page.get_by_test_id("answers").locator("button > .pictogram > path")
    await expect(drawn).to_have_count(4)
    shapes = [await path.get_attribute("d") for path in await drawn.all()]
    assert len(set(shapes)) == 4


async def test_the_rough_area_is_found_by_the_phone_and_only_its_name_is_sent(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await phone.grant_permissions(["geolocation"], origin=server.origin)
    await phone.set_geolocation({"latitude": 22.201, "longitude": 100.901, "accuracy": 10})
    await page.get_by_test_id("tab-settings").click()

    await page.get_by_test_id("cell-share").click()

    await expect(page.get_by_test_id("cell-shared")).to_be_visible()
    assert server.told == [("PUT /api/v1/me/cell", {"cell": "near", "hours": 12})]


async def test_one_tap_shows_what_the_server_knows_and_two_delete_it(
    page: Page, server: FakeServer
) -> None:
    await page.get_by_test_id("tab-settings").click()
    await page.get_by_test_id("show-data").click()
    await expect(page.get_by_test_id("my-data")).to_contain_text("Answers3")
    await expect(page.get_by_test_id("my-data")).to_contain_text("contacts")  # nothing left out

    await page.get_by_test_id("delete-me").click()
    assert server.told == []
    await page.get_by_test_id("delete-me").click()

    await expect(page.get_by_test_id("join")).to_be_visible()
    assert server.told[0] == ("DELETE /api/v1/me", {})
    assert await page.evaluate("caches.has('trunkline-pictures')") is False


async def test_a_ranger_chooses_which_places_ring_and_never_none(
    page: Page, server: FakeServer
) -> None:
    fence = a_fence()
    other = fence | {"properties": fence["properties"] | {"id": 2, "name": "Tea road"}}
    server.site_map["geofences"]["features"] = [fence, other]
    await page.get_by_test_id("tab-settings").click()
    await page.get_by_test_id("place-1").check()
    await expect(page.get_by_test_id("place-1")).to_be_disabled()  # the only one

    await page.get_by_test_id("place-2").check()
    await page.get_by_test_id("place-1").uncheck()

    await expect(page.get_by_test_id("place-2")).to_be_disabled()
    wishes = [body["geofence_ids"] for path, body in server.told if path.endswith("/me/geofences")]
    assert wishes == [[1], [1, 2], [2]]
    await page.reload()
    await expect(page.get_by_test_id("place-2")).to_be_checked()
    await expect(page.get_by_test_id("place-1")).not_to_be_checked()


async def test_a_place_is_chosen_by_a_tap_on_the_map(page: Page, server: FakeServer) -> None:
    await page.get_by_test_id("tab-report").click()
    await page.get_by_test_id("report-send").click()
    await expect(page.get_by_test_id("report-problem")).to_have_text("Say where they are first.")
    await page.get_by_test_id("place-map").click()
    await page.get_by_test_id("pick-map").click(position={"x": 140, "y": 110})
    await expect(page.get_by_test_id("place-said")).to_contain_text("150 m")

    await page.get_by_test_id("report-send").click()

    await until(lambda: len(posts_to(server, "/reports")) == 1)
    [said] = posts_to(server, "/reports")
    assert said["positioned"] == "map"
    assert abs(said["latitude"] - 22.2) < 0.05


async def test_the_app_changes_its_language_and_keeps_it(page: Page, server: FakeServer) -> None:
    await page.get_by_test_id("tab-settings").click()
    await page.get_by_test_id("language-lo").check()
    await expect(page.get_by_test_id("tab-map")).to_have_text("ແຜນທີ່")
    await expect(page.get_by_test_id("draft")).to_be_visible()
    # The server is told after the phone has kept it.
    await until(lambda: ("PATCH /api/v1/me", {"language": "lo"}) in server.told)

    await page.reload()

    await expect(page.get_by_test_id("tab-map")).to_have_text("ແຜນທີ່")
    assert await page.evaluate("document.documentElement.lang") == "lo"
