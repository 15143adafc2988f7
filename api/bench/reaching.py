"""How fast people are reached: from a message at the broker to the push, and very many at once."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from api.bench.crowd import settle_crowd
from api.bench.ingest import SEED
from api.bench.through import publishing, running
from api.bench.valley import SITE_ID, sightings, square_around, station_at
from api.broker.provider import BrokerAddress
from api.calm import calm_collector
from api.database import Database
from api.dispatch import Dispatcher
from api.errors import SetUpError
from api.events.rules import Timings
from api.inbox import Inbox
from api.ledger.rules import Step
from api.link import Link
from api.media.folder import MediaFolder
from api.metrics import Metrics
from api.position import Position
from api.tables import Geofence, LedgerEntry, Site
from mobile_push.encryption import encrypt
from mobile_push.phone_address import PhoneAddress
from mobile_push.push_message import PushMessage, Receipt, Sending
from mobile_push.vapid import VapidKeys

PER_S = 200
RAISE_EVERY = 20  # one sighting in twenty is of a herd that nobody was warned of: a bad night
PATIENCE_S = 60.0
_APART_DEGREES = 0.3  # thirty kilometres: no herd is at two stations


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from a message's way to the broker to its first push, at `per_s` sightings/s."""

    per_s: int
    alerts: int
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class HandOver:
    """Seconds until each phone of one alert has its push, encrypted, signed and noted."""

    phones: int
    s: float
    cpu_s: float


class SilentChannel:
    """Encrypts and signs as the real one does, and posts nothing. Remembers what, and when."""

    def __init__(self) -> None:
        self.pushes = 0
        self.first_at: dict[str, float] = {}  # by alert, on the monotonic clock
        self._vapid = VapidKeys.new()

    async def send(self, address: PhoneAddress, message: PushMessage) -> Sending:
        """Do all but the posting."""
        alert_id = json.loads(message.payload)["alert_id"]
        self.first_at.setdefault(alert_id, time.monotonic())
        self._vapid.header_for(address.endpoint, datetime.now(UTC))
        encrypt(message.payload, address)
        self.pushes += 1
        return Sending(Receipt.SENT)


async def measure_latency(
    database: Database, address: BrokerAddress, folder: Path, alerts: int
) -> Latency:
    """Tell `PER_S` sightings a second, of which so many raise an alert for a village each."""
    chance = random.Random(SEED)
    places = [_lonely(number) for number in range(alerts)]
    known = [station_at(number, place) for number, place in enumerate(places)]
    now = datetime.now(UTC)
    await _settle(database, places)
    async with database.transaction() as session:
        session.add_all(known)
    await settle_crowd(database, alerts, chance, villages=range(1, alerts + 1), now=now)
    told = sightings(
        known,
        alerts * RAISE_EVERY,
        chance,
        started_at=now,
        every=timedelta(seconds=1 / PER_S),
        who=lambda number: known[
            number // RAISE_EVERY
            if number % RAISE_EVERY == 0
            else chance.randrange(number // RAISE_EVERY + 1)
        ],
    )
    woken, channel = asyncio.Event(), SilentChannel()
    inbox = Inbox(MediaFolder(folder / "media"), Timings())
    link = Link(database, inbox, Metrics(), clock=_now, after_commit=woken.set)
    calm_collector()  # as the server does when it starts
    async with (
        running(link, address),
        _dispatching(database, channel, woken),
        publishing(told, address, folder, per_s=PER_S) as publisher,
    ):
        publisher.begin()
        said = await publisher.said()
        await _until(lambda: len(channel.first_at) >= alerts)
    at = {str(each.message.id): moment for each, moment in zip(told, said, strict=True)}
    raised = await _raised_by(database)
    took_ms = sorted(
        1000 * (moment - at[raised[alert_id]]) for alert_id, moment in channel.first_at.items()
    )
    count = len(took_ms)
    return Latency(
        PER_S, count, p50=round(took_ms[count // 2], 1), p99=round(took_ms[count * 99 // 100], 1)
    )


async def measure_hand_over(database: Database, folder: Path, phones: int) -> HandOver:
    """Let one herd come to a village that `phones` people follow."""
    chance = random.Random(SEED)
    await _settle(database, [_lonely(0)])
    station = station_at(0, _lonely(0))
    async with database.transaction() as session:
        session.add(station)
    now = datetime.now(UTC)
    await settle_crowd(database, phones, chance, villages=[1], now=now)
    (told,) = sightings([station], 1, chance, started_at=now)
    woken, channel = asyncio.Event(), SilentChannel()
    inbox = Inbox(MediaFolder(folder / "media"), Timings())
    calm_collector()
    begun, cpu = time.monotonic(), time.process_time()
    async with _dispatching(database, channel, woken):
        async with database.transaction() as session:
            await inbox.take(session, [told.arrived], _now())
        woken.set()
        await _until(lambda: channel.pushes >= phones)
        ended = time.monotonic()
    return HandOver(phones, round(ended - begun, 2), round(time.process_time() - cpu, 2))


def _now() -> datetime:
    return datetime.now(UTC)


def _lonely(number: int) -> Position:
    return Position(-30 + _APART_DEGREES * (number // 100), 100 + _APART_DEGREES * (number % 100))


async def _settle(database: Database, places: list[Position]) -> None:
    async with database.transaction() as session:
        session.add(Site(id=SITE_ID, name="Bench", latitude=0, longitude=100))
        await session.flush()
        session.add_all(
            Geofence(
                id=number,
                site_id=SITE_ID,
                name=f"Village {number}",
                area=square_around(place),
                buffer_m=500,
                watch_m=1500,
            )
            for number, place in enumerate(places, 1)
        )


async def _raised_by(database: Database) -> dict[str, str]:
    """Return the detection that raised each alert, as the ledger has it."""
    wanted = select(LedgerEntry.alert_id, LedgerEntry.body)
    async with database.reading() as session:
        entries = [(row[0], json.loads(row[1])) for row in await session.execute(wanted)]
    return {
        alert_id: body["facts"]["detection"]
        for alert_id, body in entries
        if body["step"] == Step.RAISED
    }


@asynccontextmanager
async def _dispatching(
    database: Database, channel: SilentChannel, woken: asyncio.Event
) -> AsyncIterator[None]:
    dispatcher = Dispatcher(database, {"web_push": channel}, secret=b"b" * 32, wake=woken)
    work = asyncio.create_task(dispatcher.run())
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _until(holds: Callable[[], bool]) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110 - several parts of the bench move it
                await asyncio.sleep(0.005)
    except TimeoutError as error:
        raise SetUpError(f"not everybody was reached within {PATIENCE_S:.0f} s") from error
