"""Phones in software, for demo, drills and tests: real protocol, no outside world.

`SoftwarePushService` is a push service on loopback that checks what the big ones check and then
plays the phone as well: it decrypts with the phone's own keys and hands the payload to a callback.
"""

import asyncio
import json
import secrets
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import web

from mobile_push.encryption import PhoneKeys, UnreadablePushError, decrypt
from mobile_push.phone_address import PhoneAddress
from mobile_push.vapid import VapidRefusedError, verify_header

MAX_BODY_BYTES = 4096

Payload = dict[str, Any]
OnPush = Callable[[Payload], None]


@dataclass(slots=True)
class SoftwarePhone:
    """One subscribed phone. `received` are its payloads, oldest first."""

    address: PhoneAddress
    sender_key: str
    keys: PhoneKeys
    on_push: OnPush | None = None
    received: list[Payload] = field(default_factory=list)
    subscribed: bool = True
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def subscription(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` says in a browser."""
        return {"endpoint": self.address.endpoint, "keys": self.address.keys}

    def unsubscribe(self) -> None:
        """From now on the push service answers 410 Gone."""
        self.subscribed = False

    async def wait_for(self, count: int, *, timeout_s: float = 10.0) -> list[Payload]:
        """Wait until `count` payloads are there, and return them all.

        Raises:
            TimeoutError: fewer arrived in time.
        """
        async with asyncio.timeout(timeout_s):
            while len(self.received) < count:
                self._news.clear()
                await self._news.wait()
        return list(self.received)

    def ring(self, payload: Payload) -> None:
        """Take one payload."""
        self.received.append(payload)
        self._news.set()
        if self.on_push is not None:
            self.on_push(payload)


class SoftwarePushService:
    """`async with SoftwarePushService() as service: phone = service.new_phone(vapid_public_key)`.

    `counts` says how often each thing happened: delivered, gone, unsigned, unreadable, too_large,
    out_of_order.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._port = port
        self._now = now
        self._phones: dict[str, SoftwarePhone] = {}
        self._answers: deque[tuple[int, dict[str, str]]] = deque()
        self.counts: Counter[str] = Counter()
        self.origin = ""

    async def __aenter__(self) -> Self:
        """Listen on loopback; `port=0` takes a free one."""
        app = web.Application(client_max_size=2 * MAX_BODY_BYTES)
        app.router.add_post("/push/{token}", self._on_post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    def new_phone(self, sender_key: str, on_push: OnPush | None = None) -> SoftwarePhone:
        """Subscribe a phone to the sender with this VAPID public key."""
        token = secrets.token_urlsafe(16)
        keys = PhoneKeys.new()
        address = keys.address(f"{self.origin}/push/{token}")
        phone = SoftwarePhone(address, sender_key, keys, on_push)
        self._phones[token] = phone
        return phone

    def answer_next(self, status: int, *, times: int = 1, **headers: str) -> None:
        """Be out of order: answer the next posts with this status, whatever they hold.

        Headers are spelt `retry_after="17"`.
        """
        spelt = {name.replace("_", "-").title(): value for name, value in headers.items()}
        self._answers.extend([(status, spelt)] * times)

    async def _on_post(self, request: web.Request) -> web.Response:
        if self._answers:
            status, headers = self._answers.popleft()
            return self._answer(status, "out_of_order", headers=headers)
        phone = self._phones.get(request.match_info["token"])
        if phone is None or not phone.subscribed:
            return self._answer(410, "gone")
        try:
            payload = await self._read(request, phone)
        except VapidRefusedError as error:
            return self._answer(403, "unsigned", str(error))
        except web.HTTPRequestEntityTooLarge as error:
            return self._answer(413, "too_large", error.text or "")
        except ValueError as error:
            return self._answer(400, "unreadable", str(error))
        phone.ring(payload)
        return self._answer(201, "delivered", headers={"Location": phone.address.endpoint})

    async def _read(self, request: web.Request, phone: SoftwarePhone) -> Payload:
        verify_header(
            request.headers.get("Authorization", ""),
            endpoint=phone.address.endpoint,
            public_key=phone.sender_key,
            now=self._now(),
        )
        if request.headers.get("Content-Encoding") != "aes128gcm":
            raise ValueError("the body is in another content coding than aes128gcm")
        if not request.headers.get("TTL", "").isdecimal():
            raise ValueError("the push does not say how long to keep it (TTL)")
        body = await request.read()
        if len(body) > MAX_BODY_BYTES:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY_BYTES, len(body))
        payload = json.loads(decrypt(body, phone.keys))
        if not isinstance(payload, dict):
            raise UnreadablePushError("the payload is not a JSON object")
        return payload

    def _answer(
        self, status: int, counted: str, text: str = "", headers: dict[str, str] | None = None
    ) -> web.Response:
        self.counts[counted] += 1
        return web.Response(status=status, text=text, headers=headers)
