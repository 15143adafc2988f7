"""A webhook: a signed POST to an address of somebody else's."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import aiohttp

from api.hooks.rules import Outcome, Told, signed_headers
from mobile_push.web_push import read_retry_after

TIMEOUT = aiohttp.ClientTimeout(total=10)


class Webhook:
    """Posts messages; the session, with its resolver, is the caller's."""

    def __init__(self, session: aiohttp.ClientSession, clock: Callable[[], datetime]) -> None:
        self._session = session
        self._clock = clock

    async def tell(self, url: str, secret: str, message_id: str, body: dict[str, Any]) -> Told:
        """Post one message once."""
        payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signed_headers(secret, message_id, payload, self._clock())
        async with self._session.post(
            url,
            data=payload,
            headers={"Content-Type": "application/json", **headers},
            timeout=TIMEOUT,
            allow_redirects=False,  # it would lead around the policy
        ) as response:
            return outcome_of(response, self._clock())


def outcome_of(response: aiohttp.ClientResponse, now: datetime) -> Told:
    """Return what an answer means: whatever is no yes is tried again, for somebody may mend it."""
    said = f"HTTP {response.status}"
    if 200 <= response.status < 300:
        return Told(Outcome.SENT, said)
    if response.status == 410:
        return Told(Outcome.GONE, said)
    asked = response.headers.get("Retry-After")
    wait_s = None if asked is None else read_retry_after(asked, now)
    return Told(Outcome.TRY_AGAIN, said, retry_after_s=wait_s)
