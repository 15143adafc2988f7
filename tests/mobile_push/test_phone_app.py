"""The phone app in a real Chromium, before a server of our own making."""

import json

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser import CHROMIUM
from tests.mobile_push.fake_server import DIST, FakeServer, ago, an_alert
from tests.mobile_push.phone_hands import (
    PUSH_SERVICE,
    notifications,
    posts_to,
    push,
    until,
)

pytestmark = [
    # One loop, because all share one browser: to start one takes longer than most of these tests.
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (DIST / "sw.js").is_file(), reason="the app is not built: make web"),
]

PUSH = {
    "title": "Warning: elephants near Mengman",
    "body": "3 elephants, 1.2 km to the north-west",
    "lang": "en",
    "tag": "alert-a1",
    "level": "warning",
    "state": "raised",
    "renotify": True,
    "require_interaction": True,
    "actions": [{"action": "seen", "title": "Seen"}, {"action": "on_my_way", "title": "On my way"}],
    "url": "/app/#/alert/a1",
    "delivery_id": "d1",
    "alert_id": "a1",
    "token": "secret",
    "captured_at": "2026-11-22T11:05:00Z",
}


async def test_a_push_rings_and_proves_it(page: Page, server: FakeServer) -> None:
    await push(page, server, json.dumps(PUSH))

    [shown] = await notifications(page, 1)
    assert shown["title"] == PUSH["title"]
    assert shown["body"] == f"{PUSH['body']}. Seen at 11:05."
    await until(lambda: len(posts_to(server, "/deliveries/d1/receipts")) == 2)
    receipts = posts_to(server, "/deliveries/d1/receipts")
    assert [receipt["kind"] for receipt in receipts] == ["received", "shown"]
    assert {receipt["token"] for receipt in receipts} == {"secret"}


@pytest.mark.parametrize(
    "data",
    [
        "",
        "no JSON",
        "[]",
        '{"title":7,"actions":[null]}',
        '{"url":"http://["}',
        '{"level":"constructor","lang":"__proto__"}',
        '{"captured_at":"+275760-09-13T00:00:00Z","body":"far"}',
    ],
)
async def test_a_push_that_nobody_understands_still_rings(
    page: Page, server: FakeServer, data: str
) -> None:
    await push(page, server, data)

    [shown] = await notifications(page, 1)
    assert shown["title"] == "Trunkline has news"


async def test_an_alert_that_grows_rings_in_the_same_place(page: Page, server: FakeServer) -> None:
    await push(page, server, json.dumps(PUSH))
    await notifications(page, 1)
    await push(page, server, json.dumps(PUSH | {"title": "DANGER", "delivery_id": "d2"}))
    await until(lambda: len(posts_to(server, "/deliveries/d2/receipts")) == 2)

    [shown] = await notifications(page, 1)
    assert shown["title"] == "DANGER"


async def test_a_push_that_comes_again_is_shown_without_a_sound(
    page: Page, server: FakeServer
) -> None:
    is_silent = """navigator.serviceWorker.ready.then(r => r.getNotifications())
      .then(all => all.map(one => Boolean(one.silent)))"""
    await push(page, server, json.dumps(PUSH))
    await notifications(page, 1)
    assert await page.evaluate(is_silent) == [False]

    await push(page, server, json.dumps(PUSH))
    await until(lambda: len(posts_to(server, "/deliveries/d1/receipts")) == 4)

    assert await page.evaluate(is_silent) == [True]

    await push(page, server, json.dumps(PUSH | {"ring": 2}))  # because nobody answered
    await until(lambda: len(posts_to(server, "/deliveries/d1/receipts")) == 6)

    assert await page.evaluate(is_silent) == [False]


async def test_a_tap_on_the_notification_answers_and_opens_the_alert(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await push(page, server, json.dumps(PUSH))
    await notifications(page, 1)

    await phone.service_workers[0].evaluate(
        """async () => {
          const [notification] = await registration.getNotifications();
          const about = { notification, action: "on_my_way" };
          self.dispatchEvent(new NotificationEvent("notificationclick", about));
        }"""
    )

    await expect(page.get_by_test_id("alert-detail")).to_be_visible()
    await until(lambda: len(posts_to(server, "/deliveries/d1/receipts")) == 3)
    said = [body.get("kind", body.get("answer")) for path, body in server.told]
    assert said == ["received", "shown", "opened", "on_my_way"]  # as it happened
    [answer] = posts_to(server, "/deliveries/d1/answers")
    assert (answer["answer"], answer["token"]) == ("on_my_way", "secret")
    assert await notifications(page, 0) == []


async def test_answers_without_a_signal_are_told_later_in_order(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await page.get_by_test_id("alert").click()
    await phone.set_offline(True)
    await page.get_by_test_id("answer-seen").click()
    await expect(page.get_by_test_id("answer-waiting")).to_have_count(1)
    await page.get_by_test_id("answer-on_my_way").click()
    await expect(page.get_by_test_id("answer-waiting")).to_have_count(2)
    assert server.told == []

    await phone.set_offline(False)

    await expect(page.get_by_test_id("queue")).to_have_count(0)
    answers = posts_to(server, "/alerts/a1/answers")
    assert [answer["answer"] for answer in answers] == ["seen", "on_my_way"]


async def test_an_answer_to_a_stumbling_server_is_said_again_as_the_same(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    server.failures.append(503)
    await page.get_by_test_id("alert").click()
    await page.get_by_test_id("answer-seen").click()
    await until(lambda: len(server.told) == 1)
    await expect(page.get_by_test_id("answer-waiting")).to_be_visible()

    await page.evaluate("window.dispatchEvent(new Event('online'))")

    await expect(page.get_by_test_id("queue")).to_have_count(0)
    first, again = posts_to(server, "/alerts/a1/answers")
    assert first == again


async def test_the_app_opens_without_a_signal_and_says_how_old_its_news_is(
    page: Page, phone: BrowserContext
) -> None:
    await phone.set_offline(True)
    await page.reload()

    await expect(page.get_by_test_id("alert")).to_contain_text("Mengman")
    await expect(page.get_by_test_id("saved")).to_be_visible()
    await expect(page.get_by_test_id("link")).to_have_attribute("data-state", "lost")


async def test_live_news_is_said_aloud_and_late_news_only_shown(
    page: Page, server: FakeServer
) -> None:
    late = {"captured_at": ago(hours=1), "raised_at": ago(), "changed_at": ago()}
    server.say(an_alert(id="late", geofence={"id": 2, "name": "School"}) | late)
    await expect(page.get_by_test_id("alert")).to_have_count(2)
    await expect(page.get_by_test_id("announcement")).to_be_empty()

    server.say(an_alert(id="new", geofence={"id": 3, "name": "Tea road"}, captured_at=ago()))

    said = page.get_by_test_id("announcement")
    await expect(said).to_have_text("Warning, Tea road, 3 elephants, 1.2 km to the north-west")


async def test_only_the_drill_wears_the_ribbon(page: Page, server: FakeServer) -> None:
    server.say(an_alert(id="drill", simulated=True))
    drill = page.locator("[data-alert=drill]")

    await expect(drill.get_by_test_id("drill")).to_contain_text("DRILL")
    await expect(page.locator("[data-alert=a1]").get_by_test_id("drill")).to_have_count(0)
    await drill.click()
    await expect(page.get_by_test_id("alert-detail").get_by_test_id("drill")).to_be_visible()


async def test_the_all_clear_wants_a_second_tap(page: Page, server: FakeServer) -> None:
    await page.get_by_test_id("alert").click()
    await page.get_by_test_id("answer-all_clear").click()
    await expect(page.get_by_test_id("answer-all_clear")).to_have_text("Tap again to send")
    assert server.told == []

    await page.get_by_test_id("answer-all_clear").click()

    await until(lambda: len(server.told) == 1)
    assert server.told[0][1]["answer"] == "all_clear"


async def test_the_bell_tells_the_server_where_to_ring_and_when_to_stop(
    page: Page, server: FakeServer
) -> None:
    await page.evaluate(PUSH_SERVICE)
    await page.get_by_test_id("tab-settings").click()
    bell = page.get_by_test_id("bell")
    await expect(bell).to_have_attribute("data-state", "off")

    await page.get_by_test_id("bell-on").click()

    await expect(bell).to_have_attribute("data-state", "on")
    path, subscription = server.told[-1]
    assert path == "PUT /api/v1/phone/subscription"
    assert subscription["keys"] == {"p256dh": "BPoint", "auth": "secret"}

    await page.get_by_test_id("bell-off").click()

    await expect(bell).to_have_attribute("data-state", "off")
    assert server.told[-1] == (
        "DELETE /api/v1/phone/subscription",
        {"endpoint": "https://push.example/1"},
    )
