"""Who watches the herd: a console, and a browser as a villager's phone with the app closed."""

import asyncio
import json
from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page

from api.demo.story import Night
from mobile_push.software_phone import Payload
from tests.browser import deliver_push
from tests.mobile_push.phone_hands import WATCH_THE_BELL

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
        """Deliver the next push as the browser's push service would; wait until it is shown."""
        payload = await asyncio.wait_for(self._pushes.get(), within_s)
        worker = self.context.service_workers[0]
        await worker.evaluate(WATCH_THE_BELL)
        await deliver_push(outside, self._origin, json.dumps(payload))
        async with asyncio.timeout(within_s):
            while not await worker.evaluate("self.tookMs.length"):  # noqa: ASYNC110 - no event of ours
                await asyncio.sleep(0.05)
        return payload

    async def titles_shown(self) -> list[str]:
        """Return the titles of all notifications. Asked once: who asks often makes some vanish."""
        titles: list[str] = await self.context.service_workers[0].evaluate(
            "async () => (await registration.getNotifications()).map(one => one.title)"
        )
        return titles

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


@dataclass(frozen=True, slots=True)
class Evening:
    """The real server and its stations, seen by a researcher and heard by a villager."""

    running: Night
    console: Page
    villager: Chromium
