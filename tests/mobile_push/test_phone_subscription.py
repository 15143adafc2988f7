"""Push addresses do not last: the phone gets another, and the server hears of it."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser import CHROMIUM
from tests.mobile_push.fake_server import DIST, FakeServer
from tests.mobile_push.phone_hands import PUSH_SERVICE, until

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (DIST / "sw.js").is_file(), reason="the app is not built: make web"),
]


async def test_a_subscription_that_the_browser_ends_renews_itself_without_a_signal(
    page: Page, server: FakeServer, phone: BrowserContext
) -> None:
    await phone.set_offline(True)
    worker = phone.service_workers[0]
    await worker.evaluate(
        """async () => {
          const endpoint = "https://push.example/2";
          const toJSON = () => ({ endpoint, keys: { p256dh: "B", auth: "s" } });
          PushManager.prototype.subscribe = async () => ({ endpoint, toJSON });
          const event = new ExtendableEvent("pushsubscriptionchange");
          const options = { applicationServerKey: new Uint8Array(65).buffer };
          const oldSubscription = { endpoint: "https://push.example/1", options };
          Object.assign(event, { oldSubscription });
          self.dispatchEvent(event);
        }"""
    )
    kept = """() => new Promise(done => {
      indexedDB.open("trunkline").onsuccess = ({ target }) => {
        const all = target.result.transaction("posts").objectStore("posts").getAll();
        all.onsuccess = () => done(all.result.map(({ method }) => method));
      };
    })"""
    while await page.evaluate(kept) != ["PUT", "DELETE"]:
        await page.wait_for_timeout(50)
    assert server.told == []

    await phone.set_offline(False)
    await page.evaluate("window.dispatchEvent(new Event('online'))")

    await until(lambda: len(server.told) == 2)
    renewed, old = server.told
    assert renewed[0].startswith("PUT")
    assert renewed[1]["endpoint"] == "https://push.example/2"
    assert old == ("DELETE /api/v1/phone/subscription", {"endpoint": "https://push.example/1"})


async def test_whoever_wanted_the_bell_has_it_again_after_the_browser_dropped_it(
    page: Page, server: FakeServer
) -> None:
    await page.evaluate(PUSH_SERVICE)
    await page.get_by_test_id("tab-settings").click()
    await page.get_by_test_id("bell-on").click()
    await expect(page.get_by_test_id("bell")).to_have_attribute("data-state", "on")
    server.told.clear()

    await page.evaluate(PUSH_SERVICE)  # a browser that has forgotten
    await page.get_by_test_id("tab-alerts").click()
    await page.get_by_test_id("tab-settings").click()

    await until(lambda: len(server.told) >= 1)
    assert server.told[0][0] == "PUT /api/v1/phone/subscription"


async def test_a_subscription_that_its_push_service_ended_is_replaced_by_a_living_one(
    page: Page, server: FakeServer
) -> None:
    """The browser may not know: it would name the dead one for ever."""
    await page.evaluate(PUSH_SERVICE.replace('"https://push.example/1"', "`${Date.now()}`"))
    await page.get_by_test_id("tab-settings").click()
    await page.get_by_test_id("bell-on").click()
    await expect(page.get_by_test_id("bell")).to_have_attribute("data-state", "on")
    dead = server.told[-1][1]["endpoint"]
    server.dead.add(dead)  # HTTP 410 to the next push
    server.told.clear()

    await page.get_by_test_id("tab-alerts").click()
    await page.get_by_test_id("tab-settings").click()

    await until(lambda: len(server.told) == 3)
    same, fresh, dropped = server.told
    assert same[1]["endpoint"] == dead != fresh[1]["endpoint"]
    assert dropped == ("DELETE /api/v1/phone/subscription", {"endpoint": dead})
    await expect(page.get_by_test_id("bell")).to_have_attribute("data-state", "on")


async def test_a_subscription_that_ends_tomorrow_is_replaced_today(
    page: Page, server: FakeServer
) -> None:
    tomorrow = "expirationTime: window.made++ ? null : Date.now() + 86_400_000"
    service = PUSH_SERVICE.replace('"https://push.example/1"', "`number ${window.made}`")
    await page.evaluate("window.made = 0")
    await page.evaluate(service.replace("(own = {", f"(own = {{ {tomorrow},"))
    await page.get_by_test_id("tab-settings").click()

    await page.get_by_test_id("bell-on").click()

    await expect(page.get_by_test_id("bell")).to_have_attribute("data-state", "on")
    assert [(path.split()[0], said["endpoint"]) for path, said in server.told] == [
        ("PUT", "number 1"), ("DELETE", "number 0")
    ]  # fmt: skip
