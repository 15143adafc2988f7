"""What a test does with a phone: push to it, wait for it, read what its server was told."""

import asyncio
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page

from tests.browser import deliver_push
from tests.mobile_push.fake_server import FakeServer

# A shared machine may be busy; a test that passes never waits so long.
PATIENCE_S = 30.0

PUSH = {"title": "DANGER", "level": "danger", "delivery_id": "d1", "token": "secret", "tag": "a"}

SHOWN = """navigator.serviceWorker.ready.then(r => r.getNotifications())
  .then(all => all.map(({title, body, tag}) => ({title, body, tag})))"""

# Says when a push is shown and how long that took, from inside. Whoever asks Chromium itself again
# and again makes it forget what it is about to show: it strikes off its list what is not there yet.
WATCH_THE_BELL = """() => {
  let pushedAt = 0;
  self.tookMs = [];
  const { prototype } = ServiceWorkerRegistration;
  const show = prototype.showNotification;
  prototype.showNotification = async function (...said) {
    await show.apply(this, said);
    self.tookMs.push(performance.now() - pushedAt);
  };
  const { prototype: pushed } = PushMessageData;
  const text = pushed.text;
  pushed.text = function () {
    pushedAt = performance.now();
    return text.apply(this);
  };
}"""


# Chromium subscribes at its maker's push service, which no test can reach: just that is faked.
PUSH_SERVICE = """() => {
  let own = null;
  PushManager.prototype.getSubscription = async () => own;
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    const endpoint = "https://push.example/1";
    const keys = { p256dh: "BPoint", auth: "secret" };
    const toJSON = () => ({ endpoint, keys });
    const unsubscribe = async () => { own = null; return true; };
    const options = { applicationServerKey: applicationServerKey.buffer };
    return (own = { endpoint, options, toJSON, unsubscribe });
  };
}"""


async def until(happened: Callable[[], bool], *, timeout_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(timeout_s):
        while not happened():  # noqa: ASYNC110 - a browser sets no event of ours
            await asyncio.sleep(0.02)


async def until_true(page: Page, expression: str) -> None:
    """Wait for a page to say so. Playwright's own way is eval, which the app's policy forbids."""
    async with asyncio.timeout(PATIENCE_S):
        while not await page.evaluate(expression):  # noqa: ASYNC110 - a browser sets no event of ours
            await asyncio.sleep(0.02)


async def push(page: Page, server: FakeServer, data: str) -> float:
    """Push, wait until the phone has shown something, and return after how many seconds it did."""
    worker = page.context.service_workers[0]
    before: int = await worker.evaluate("self.tookMs.length")
    await deliver_push(page, server.origin, data)
    async with asyncio.timeout(PATIENCE_S):
        while len(took := await worker.evaluate("self.tookMs")) == before:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.02)
    return float(took[-1]) / 1000


async def notifications(page: Page, count: int) -> list[dict[str, str]]:
    shown = await page.evaluate(SHOWN)
    assert len(shown) == count
    return list(shown)


def posts_to(server: FakeServer, end: str) -> list[dict[str, Any]]:
    return [body for path, body in server.told if path.endswith(end)]
