"""The Chromium that tests drive, and how it is started."""

import asyncio
import shutil
from typing import Any

from playwright.async_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REGISTERED_WITHIN_S = 30  # a shared machine may be busy
# Without the background flags it asks its maker's hosts for things that no test needs.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def deliver_push(page: Page, origin: str, data: str) -> None:
    """Hand a push to the origin's service worker, as the browser's push service would.

    `page` may be any page of the same browser context.
    """
    tools = await page.context.new_cdp_session(page)
    known: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def on_registration(event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not known.done() and not one["isDeleted"]:
                known.set_result(one["registrationId"])

    tools.on("ServiceWorker.workerRegistrationUpdated", on_registration)
    await tools.send("ServiceWorker.enable")
    message = {
        "origin": origin,
        "registrationId": await asyncio.wait_for(known, REGISTERED_WITHIN_S),
        "data": data,
    }
    await tools.send("ServiceWorker.deliverPushMessage", message)
