"""A message as a channel of words gets it, and a gateway that remembers what it was asked."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from mobile_push.notification import Notice, push_message_for
from mobile_push.push_message import PushMessage

DUSK = datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
DELIVERY = "01920000-0000-7000-8000-000000000001"


def a_push(
    *,
    geofence: str = "Guanping",
    state: str = "raised",
    ring: int = 1,
    simulated: bool = False,
    language: str = "en",
) -> PushMessage:
    notice = Notice(
        delivery_id=DELIVERY,
        alert_id="a1",
        token="t",
        level="danger",
        state=state,  # type: ignore[arg-type]
        geofence=geofence,
        count=3,
        distance_m=0,
        bearing_deg=0,
        captured_at=DUSK,
        simulated=simulated,
        language=language,
        ring=ring,
    )
    return push_message_for(notice, DUSK)


@dataclass
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[], web.Response]


@dataclass
class LocalGateway:
    """A real HTTP server on loopback."""

    origin: str = ""
    asked: list[Asked] = field(default_factory=list)
    answer: Answer = lambda: web.json_response({"code": "OK"})

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.path, headers, await request.read()))
        return self.answer()


@asynccontextmanager
async def a_gateway() -> AsyncIterator[LocalGateway]:
    gateway = LocalGateway()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", gateway.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield gateway
    finally:
        await runner.cleanup()
