"""A villager's phone: Chromium, pushed to with the app closed, answering to the real server."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect
from sqlalchemy import select

from api.demo.story import Night, send_the_herd
from api.tables import Alert, AlertState, Answer, Delivery, Person
from mobile_push.software_phone import Payload
from tests.browser import ARGUMENTS, CHROMIUM, deliver_push

pytestmark = [
    pytest.mark.story,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

# The one thing that Chromium cannot do without the internet: ask its maker for a push endpoint.
SUBSCRIBES_LOCALLY = """subscription => {
  const made = {
    ...subscription,
    options: {}, expirationTime: null,
    getKey: name => Uint8Array.from(
      atob(subscription.keys[name].replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0)
    ).buffer,
    toJSON: () => subscription,
    unsubscribe: async () => true,
  };
  let given = null;
  PushManager.prototype.subscribe = async () => (given = made);
  PushManager.prototype.getSubscription = async () => given;
}"""


class Chromium:
    """A browser as a phone; what its push service gets is handed to its service worker."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context = context
        self._origin = origin
        self._pushes: asyncio.Queue[Payload] = asyncio.Queue()

    def on_push(self, payload: Payload) -> None:
        """Take a decrypted payload from the push service."""
        self._pushes.put_nowait(payload)

    async def ring(self, outside: Page, within_s: float = 90) -> Payload:
        """Deliver the next push to the service worker, as the browser's push service would."""
        payload = await asyncio.wait_for(self._pushes.get(), within_s)
        await deliver_push(outside, self._origin, json.dumps(payload))
        return payload

    async def tap(self, action: str) -> None:
        """Press a button of the newest notification, the app still closed."""
        await self.context.service_workers[0].evaluate(
            """async action => {
              const [notification] = await registration.getNotifications();
              const about = { notification, action };
              self.dispatchEvent(new NotificationEvent("notificationclick", about));
            }""",
            action,
        )

    async def titles_shown(self, within_s: float = 15) -> list[str]:
        """Wait until a notification is there; return the titles of all."""
        worker = self.context.service_workers[0]
        titles: list[str] = []
        async with asyncio.timeout(within_s):
            while not titles:
                titles = await worker.evaluate(
                    "async () => (await registration.getNotifications()).map(one => one.title)"
                )
        return titles


@pytest.fixture
async def chromium(running: Night) -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(
            viewport={"width": 360, "height": 740}, locale="en-GB", timezone_id="Asia/Shanghai"
        )
        await context.grant_permissions(["notifications"], origin=running.url)
        yield Chromium(context, running.url)
        await browser.close()


async def join_with_the_bell_on(chromium: Chromium, running: Night) -> None:
    sender = running.phones[0].phone
    assert sender is not None
    phone = running.push_service.new_phone(sender.sender_key, chromium.on_push)
    await chromium.context.add_init_script(
        f"({SUBSCRIBES_LOCALLY})({json.dumps(phone.subscription)})"
    )
    page = await chromium.context.new_page()
    await page.goto(f"{running.url}/app/#/join/{running.stage.villager_code}")
    await page.get_by_test_id("person-name").fill("Mei")
    await page.get_by_test_id("join").click()
    await expect(page.get_by_test_id("link")).to_have_attribute("data-state", "live")
    await page.get_by_test_id("tab-settings").click()
    await page.get_by_test_id("bell-on").click()
    await expect(page.get_by_test_id("bell-off")).to_be_visible()
    await page.close()


async def delivery_row(running: Night, payload: Payload) -> Delivery:
    async with running.database.transaction() as session:
        return await session.get_one(Delivery, payload["delivery_id"], populate_existing=True)


async def test_a_closed_phone_rings_and_its_answer_is_on_the_server(
    running: Night, chromium: Chromium
) -> None:
    await join_with_the_bell_on(chromium, running)
    outside = await chromium.context.new_page()
    await outside.goto(f"{running.url}/healthz")  # a page, but not the app: that is closed

    send_the_herd(running)
    payload = await chromium.ring(outside)

    [title] = await chromium.titles_shown()
    assert title == payload["title"]
    assert title.startswith("DRILL: ")

    await chromium.tap("on_my_way")
    for _ in range(300):
        if (await delivery_row(running, payload)).acknowledged_at is not None:
            break
        await asyncio.sleep(0.1)

    app = await chromium.context.new_page()
    await app.goto(f"{running.url}{payload['url']}")
    await expect(app.get_by_test_id("evidence")).to_be_visible()
    await expect(app.get_by_test_id("given-answers")).to_contain_text("Mei")

    delivery = await delivery_row(running, payload)
    async with running.database.transaction() as session:
        alert = await session.get(Alert, payload["alert_id"])
        answers = await session.execute(
            select(Person.name, Answer.kind)
            .join(Person, Person.id == Answer.person_id)
            .where(Answer.alert_id == payload["alert_id"])
        )
    steps = ("received_at", "shown_at", "opened_at", "acknowledged_at")
    moments = [getattr(delivery, step) for step in steps]
    assert None not in (delivery.sent_at, *moments)
    assert moments == sorted(moments)
    assert alert is not None
    assert alert.state == AlertState.ACKNOWLEDGED
    assert ("Mei", "on_my_way") in {tuple(row) for row in answers}
