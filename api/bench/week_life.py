"""What happens to a server in a simulated week: stations, herds, phones, and staff at screens."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Iterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from api.bench.reaching import SilentChannel
from api.bench.valley import SITE_ID, STARTED_AT, sightings
from api.broker.connection import Arrived
from api.database import Database
from api.dependencies import API
from api.inbox import Inbox
from api.people.rules import new_invite_code
from api.people.store import add_invite
from api.people.tables import CellSharings, SharedCell
from api.tables import Delivery, DeliveryState, Invite, Role, Station
from edge_agent.contracts.messages import HealthMessage
from edge_agent.contracts.seal import seal
from edge_agent.contracts.topics import HEALTH
from mobile_push.phone_address import PhoneAddress
from mobile_push.push_message import PushMessage, Sending

_AT_ONCE = 250  # messages of stations in one commit
_PHONES_THAT_ANSWER = 20  # of each herd's
_PATIENCE_S = 120.0
_SCREENS = (
    "/alerts", "/map", "/herds", "/geofences", "/stations", "/fleet", "/people", "/reach",
    "/detections", "/drills", "/quarantine", "/audit", "/layers/alerts.geojson", "/cells",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WeekSize:
    """How much there is, and how often it is heard of."""

    stations: int = 1_000
    phones: int = 100_000
    geofences: int = 1_000
    herds_a_day: int = 4
    sightings_a_herd: int = 40
    healths_a_day: int = 3  # of each station


class Clock:
    """The simulated week's."""

    def __init__(self) -> None:
        self.moment = STARTED_AT

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.moment


class NotedChannel(SilentChannel):
    """Keeps the first pushes, for phones that answer them."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[bytes] = []

    async def send(self, address: PhoneAddress, message: PushMessage) -> Sending:
        """Do all but the posting."""
        if len(self.kept) < _PHONES_THAT_ANSWER:
            self.kept.append(message.payload)
        return await super().send(address, message)


@dataclass(slots=True)
class Life:
    """A valley that lives on around a server's parts."""

    size: WeekSize
    stations: Sequence[Station]
    database: Database
    inbox: Inbox
    app: FastAPI
    channel: NotedChannel
    woken: asyncio.Event
    clock: Clock
    chance: random.Random

    async def one_day(self) -> None:
        """Let everything happen once that happens every day."""
        await self._share_cells()
        size, morning = self.size, self.clock.moment
        for hour in range(24):
            self.clock.moment = morning + timedelta(hours=hour)
            if _is_time(hour, size.healths_a_day):
                await self._hear_healths()
            if _is_time(hour, size.herds_a_day):
                await self._meet_a_herd()
        async with self._browser() as browser:
            await self._look_at_screens(browser)
        self.clock.moment = morning + timedelta(days=1)

    async def _meet_a_herd(self) -> None:
        """Let one herd be seen all the while by one station, and all be rung whom it concerns."""
        station, now = self.chance.choice(self.stations), self.clock.moment
        count, every = self.size.sightings_a_herd, timedelta(seconds=9)
        told = sightings([station], count, self.chance, started_at=now - count * every, every=every)
        await self._take([each.arrived for each in told])
        self.woken.set()
        late_at = time.monotonic() + _PATIENCE_S
        while await self._has_to_ring():
            if time.monotonic() > late_at:
                raise TimeoutError(f"not everybody was rung within {_PATIENCE_S:.0f} s")
            await asyncio.sleep(0.05)
        async with self._browser() as browser:
            for payload in self.channel.kept:
                await self._confirm(browser, payload)
        self.channel.kept.clear()
        self.channel.first_at.clear()  # the bench's own memory

    async def _confirm(self, browser: httpx.AsyncClient, payload: bytes) -> None:
        said = json.loads(payload)
        body = {"kind": "received", "at": self.clock.moment.isoformat(), "token": said["token"]}
        answer = await browser.post(f"{API}/deliveries/{said['delivery_id']}/receipts", json=body)
        answer.raise_for_status()

    async def _has_to_ring(self) -> bool:
        due = (
            select(Delivery.id)
            .where(Delivery.state == DeliveryState.PENDING, Delivery.due_at <= self.clock.moment)
            .limit(1)
        )
        async with self.database.reading() as session:
            return await session.scalar(due) is not None

    async def _hear_healths(self) -> None:
        said = [
            _health(station, number, self.clock.moment)
            for number, station in enumerate(self.stations, 1)
        ]
        for part in _parts(said):
            await self._take(part)

    async def _take(self, arrived: Sequence[Arrived]) -> None:
        """Take a batch in; like the link, as often as a busy database wants."""
        while True:
            try:
                async with self.database.transaction() as session:
                    await self.inbox.take(session, arrived, self.clock.moment)
            except OperationalError:
                await asyncio.sleep(1)
            else:
                return

    async def _share_cells(self) -> None:
        """Let every phone tell its cell anew."""
        until, more = self.clock.moment + timedelta(days=1), self.size.phones
        async with self.database.transaction() as session:
            cells = update(SharedCell).values(expires_at=until, number=SharedCell.number + more)
            await session.execute(cells.execution_options(synchronize_session=False))
            counted = update(CellSharings).values(newest=CellSharings.newest + more)
            await session.execute(counted.execution_options(synchronize_session=False))

    async def _look_at_screens(self, browser: httpx.AsyncClient) -> None:
        code, now = new_invite_code(), self.clock.moment
        invite = Invite(
            site_id=SITE_ID,
            role=Role.ADMINISTRATOR,
            uses_left=1,
            expires_at=now + timedelta(days=1),
        )
        async with self.database.transaction() as session:
            await add_invite(session, code, invite)
        (await browser.post(f"{API}/session", json={"invite_code": code})).raise_for_status()
        for screen in _SCREENS:
            (await browser.get(API + screen)).raise_for_status()

    @asynccontextmanager
    async def _browser(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = _Unread(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as browser:
            yield browser


class _Unread(httpx.AsyncBaseTransport):
    """A browser that lives elsewhere: what it is told is no part of what the server holds."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the application; of its answer, keep all but the body."""
        body, started = await request.aread(), dict[str, Any]()
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": request.url.scheme,
            "path": request.url.path,
            "query_string": request.url.query,
            "client": ("192.0.2.7", 5000),
            "server": (request.url.host, 80),
            "root_path": "",
        }
        was_read, stays = False, asyncio.Event()

        async def receive() -> dict[str, Any]:
            nonlocal was_read
            if was_read:
                await stays.wait()  # it does not hang up
            was_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                started.update(message)

        await self._app(scope, receive, send)
        return httpx.Response(started["status"], headers=started["headers"], request=request)


def _is_time(hour: int, times_a_day: int) -> bool:
    """Whether a thing that happens so often a day happens in this hour, at most once in each."""
    return hour * times_a_day // 24 != (hour - 1) * times_a_day // 24


def _health(station: Station, number: int, now: datetime) -> Arrived:
    topic = HEALTH.of(SITE_ID, station.name_id)
    message = HealthMessage(at=now, inference_ms=80, disk_free_mb=9_000, release="bench")
    payload = seal(station.key, topic, message.to_body())
    return Arrived(topic, payload, False, qos=1, packet_id=number, generation=1)


def _parts(said: Sequence[Arrived]) -> Iterator[Sequence[Arrived]]:
    for start in range(0, len(said), _AT_ONCE):
        yield said[start : start + _AT_ONCE]
