"""The demo's phones: they sign in like people, are pushed to like phones, and answer.

What stands in for the outside world is the push service alone (`mobile_push.software_phone`); the
server they talk to is the real one, and may be away for a while.
"""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp

from mobile_push.software_phone import Payload, SoftwarePhone, SoftwarePushService

TRY_AGAIN_AFTER_S = 0.3
GIVE_UP_AFTER_S = 90.0


class DemoPhone:
    """One person's phone. It confirms each push and says "seen" to each new alert."""

    def __init__(
        self,
        name: str,
        server_url: str,
        say: Callable[[str], None],
        *,
        patience_s: float = GIVE_UP_AFTER_S,
    ) -> None:
        self.name = name
        self._patience_s = patience_s
        self.latencies_ms: list[float] = []
        self.phone: SoftwarePhone | None = None
        self._url = server_url
        self._say = say
        self._deliveries: set[str] = set()
        self._answered: set[str] = set()
        self._errands: set[asyncio.Task[None]] = set()
        # The cookie of an http server on an IP address is not kept by default.
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def join(self, invite_code: str, push_service: SoftwarePushService) -> None:
        """Sign in with the code and subscribe to push."""
        joining = {"invite_code": invite_code, "name": self.name, "language": "en"}
        await self._post("/api/v1/session", joining)
        async with self._http.get(f"{self._url}/api/v1/me") as response:
            response.raise_for_status()
            key = (await response.json())["vapid_public_key"]
        self.phone = push_service.new_phone(key, self._on_push)
        subscription = self.phone.subscription
        async with self._http.put(
            f"{self._url}/api/v1/phone/subscription", json=subscription
        ) as response:
            response.raise_for_status()

    async def close(self) -> None:
        """Finish or give up what is still being told to the server."""
        for errand in list(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        await self._http.close()

    @property
    def is_busy(self) -> bool:
        """Whether a receipt or an answer is still on its way."""
        return bool(self._errands)

    @property
    def pushes(self) -> int:
        """How many different pushes were decrypted; a repeat counts once."""
        return len(self._deliveries)

    def _on_push(self, payload: Payload) -> None:
        if payload["delivery_id"] in self._deliveries:
            return
        self._deliveries.add(payload["delivery_id"])
        now = datetime.now(UTC)
        if payload["state"] == "raised":
            captured_at = datetime.fromisoformat(payload["captured_at"])
            self.latencies_ms.append((now - captured_at).total_seconds() * 1000)
        self._say(f"{self.name}'s phone rings: {payload['title']} · {payload['body']}")
        errand = asyncio.create_task(self._confirm(payload, now))
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _confirm(self, payload: Payload, now: datetime) -> None:
        path = f"/api/v1/deliveries/{payload['delivery_id']}"
        for kind in ("received", "shown"):
            receipt = {"kind": kind, "at": now.isoformat(), "token": payload["token"]}
            await self._post(f"{path}/receipts", receipt)
        if payload["state"] == "raised" and payload["alert_id"] not in self._answered:
            self._answered.add(payload["alert_id"])
            answer = {
                "id": str(uuid.uuid4()),
                "answer": "seen",
                "answered_at": datetime.now(UTC).isoformat(),
                "token": payload["token"],
            }
            await self._post(f"{path}/answers", answer)

    async def _post(self, path: str, content: dict[str, Any]) -> None:
        """Post until the server has taken it: it may just be starting again.

        Raises:
            aiohttp.ClientResponseError: the server refuses.
            TimeoutError: it did not come back.
        """
        async with asyncio.timeout(self._patience_s):
            while True:
                try:
                    async with self._http.post(f"{self._url}{path}", json=content) as response:
                        if response.status < 500:
                            response.raise_for_status()
                            return
                except (aiohttp.ClientConnectionError, TimeoutError):
                    pass
                await asyncio.sleep(TRY_AGAIN_AFTER_S)
