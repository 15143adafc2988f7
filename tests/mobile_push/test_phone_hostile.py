"""What nobody plans for, in a real Chromium: two pages, a full disk, a wrong clock."""

import asyncio
import json
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from playwright.async_api import BrowserContext, Error, Page, Worker, expect

from tests.browser import CHROMIUM
from tests.mobile_push.fake_server import DIST, FakeServer, ago, an_alert
from tests.mobile_push.phone_hands import (
    PATIENCE_S,
    PUSH,
    PUSH_SERVICE,
    posts_to,
    push,
    until,
    until_true,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (DIST / "sw.js").is_file(), reason="the app is not built: make web"),
]

FULL_DISK = """() => {
  const full = () => { throw new DOMException("no room", "QuotaExceededError"); };
  IDBObjectStore.prototype.add = IDBObjectStore.prototype.put = full;
}"""
COUNTS_RINGS = "addEventListener('trunkline-ring', ({detail}) => (window.rung ??= []).push(detail))"


async def open_alert(page: Page) -> None:
    await page.evaluate("location.hash = '#/alert/a1'")
    await expect(page.get_by_test_id("answer-seen")).to_be_visible()


def answers(server: FakeServer) -> list[str]:
    return [body["answer"] for body in posts_to(server, "/alerts/a1/answers")]


async def clear_the_phone(page: Page, server: FakeServer) -> None:
    """Do what a browser does when the phone runs out of room; a sign-in is a cookie and stays."""
    tools = await page.context.new_cdp_session(page)
    kinds = "indexeddb,cache_storage,service_workers,local_storage"
    await tools.send("Storage.clearDataForOrigin", {"origin": server.origin, "storageTypes": kinds})


async def the_new_worker(phone: BrowserContext) -> Worker:
    """Wait for the worker with the addition; the old one may still be on its way out."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for worker in phone.service_workers:
                with suppress(Error):  # it has just ended
                    if await worker.evaluate("self.isNew === true"):
                        return worker
            await asyncio.sleep(0.05)


async def test_two_open_pages_say_each_word_once_and_in_order(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    other = await phone.new_page()
    await other.goto(f"{server.origin}/app/")
    await expect(other.get_by_test_id("link")).to_have_attribute("data-state", "live")
    await phone.set_offline(True)
    await open_alert(page)
    await open_alert(other)
    await page.get_by_test_id("answer-seen").click()
    await expect(page.get_by_test_id("answer-waiting")).to_have_count(1)
    await other.get_by_test_id("answer-on_my_way").click()
    await expect(other.get_by_test_id("answer-waiting")).to_have_count(2)  # one memory

    await phone.set_offline(False)

    await expect(page.get_by_test_id("queue")).to_have_count(0)
    await until(lambda: len(answers(server)) == 2)
    assert answers(server) == ["seen", "on_my_way"]


async def test_the_same_answer_tapped_twice_without_a_signal_is_one(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await open_alert(page)
    await phone.set_offline(True)
    await page.evaluate(
        "() => { const b = document.querySelector('[data-testid=answer-seen]');"
        " b.click(); b.click(); }"
    )
    await page.get_by_test_id("answer-seen").click()
    await expect(page.get_by_test_id("answer-waiting")).to_have_count(1)

    await phone.set_offline(False)

    await expect(page.get_by_test_id("queue")).to_have_count(0)
    await until(lambda: len(answers(server)) > 0)
    assert answers(server) == ["seen"]


async def test_a_server_in_trouble_is_not_stormed_by_its_phones(
    page: Page, server: FakeServer
) -> None:
    """A worker that asked to be woken while it was awake sent a hundred times a second."""
    await open_alert(page)
    server.failures.extend([503] * 1000)

    await page.get_by_test_id("answer-seen").click()

    await until(lambda: len(answers(server)) > 0)
    await page.wait_for_timeout(2_000)
    assert len(answers(server)) <= 4


async def test_a_new_worker_sends_what_the_old_one_left_and_rings(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await open_alert(page)
    server.failures.extend([503] * 1000)
    await page.get_by_test_id("answer-seen").click()
    await until(lambda: len(answers(server)) > 0)

    server.worker_addition = b"\nself.isNew = true;"
    replaced = """() => new Promise(done => {
      navigator.serviceWorker.addEventListener("controllerchange", () => done(true));
      navigator.serviceWorker.ready.then(one => one.update());
    })"""
    assert await asyncio.wait_for(page.evaluate(replaced), PATIENCE_S)
    server.failures.clear()
    await page.reload()

    await expect(page.get_by_test_id("queue")).to_have_count(0)
    await until(lambda: server.alerts["a1"]["my_answer"] == "seen")
    assert len({body["id"] for body in posts_to(server, "/alerts/a1/answers")}) == 1
    assert len(server.alerts["a1"]["answers"]) == 1
    worker = await the_new_worker(phone)
    await worker.evaluate(
        "data => void self.dispatchEvent(new PushEvent('push', { data }))", json.dumps(PUSH)
    )
    await until(lambda: len(posts_to(server, "/deliveries/d1/receipts")) == 2)


async def test_a_full_disk_loses_no_answer_and_no_bell(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await page.evaluate(FULL_DISK)
    await phone.service_workers[0].evaluate(FULL_DISK)
    await open_alert(page)
    await phone.set_offline(True)
    await page.get_by_test_id("answer-on_my_way").click()
    await expect(page.get_by_test_id("answer-waiting")).to_have_count(1)

    await phone.set_offline(False)
    await until(lambda: answers(server) == ["on_my_way"])
    await push(page, server, json.dumps(PUSH))
    await until(lambda: len(posts_to(server, "/deliveries/d1/receipts")) == 2)


async def test_an_alert_that_was_retracted_while_the_phone_was_off_rings_no_more(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    server.say(an_alert(level="danger", captured_at=ago(), changed_at=ago()))
    await expect(page.locator("[data-level=danger]")).to_be_visible()
    await page.close()
    over = {"state": "retracted", "changed_at": ago(seconds=-1), "captured_at": ago()}
    server.alerts["a1"] = an_alert(level="danger") | over

    again = await phone.new_page()
    await again.add_init_script(COUNTS_RINGS)
    await again.goto(f"{server.origin}/app/#/alert/a1")

    detail = again.get_by_test_id("alert-detail")
    await expect(detail).to_have_attribute("data-state", "retracted")
    await expect(again.get_by_test_id("answers")).to_have_count(0)
    await expect(again.get_by_test_id("link")).to_have_attribute("data-state", "live")
    assert await again.evaluate("window.rung ?? []") == []


@pytest.mark.parametrize("wrong_by", [timedelta(days=1), timedelta(days=-1)], ids=["fast", "slow"])
async def test_a_clock_that_is_wrong_by_a_day_rings_and_says_the_right_age(
    page: Page, server: FakeServer, wrong_by: timedelta
) -> None:
    await page.clock.install(time=datetime.now() + wrong_by)  # noqa: DTZ005
    await page.add_init_script(COUNTS_RINGS)
    await page.reload()
    await expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")

    server.say(an_alert(id="new", level="danger", captured_at=ago(minutes=2), changed_at=ago()))

    await expect(page.locator("[data-alert=new]")).to_contain_text("2 min ago")
    assert (await page.evaluate("window.rung"))[0] == "danger"


async def test_a_phone_that_was_cleared_is_whole_again_when_the_app_is_opened(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await page.goto("about:blank")
    await clear_the_phone(page, server)
    server.subscribed = True  # as far as the server knows
    await page.add_init_script(f"({PUSH_SERVICE})()")

    await page.goto(f"{server.origin}/app/")

    await until(lambda: [path for path, _ in server.told] == ["PUT /api/v1/phone/subscription"])
    await until_true(page, "caches.match('/app/index.html').then(Boolean)")
    await phone.set_offline(True)
    await page.reload()
    await expect(page.get_by_test_id("alert")).to_contain_text("Mengman")


async def test_a_phone_that_is_cleared_while_the_app_is_open_takes_answers_all_the_same(
    page: Page, server: FakeServer
) -> None:
    await open_alert(page)
    await clear_the_phone(page, server)

    await page.get_by_test_id("answer-seen").click()

    await until(lambda: answers(server) == ["seen"])
    await expect(page.get_by_test_id("queue")).to_have_count(0)
