"""What a server holds in memory, with very many stations and phones, over a simulated week.

A program of its own, so that nothing else is counted: `python -m api.bench.week FOLDER JSON`.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from api import migrations
from api.app import create_app
from api.bench.crowd import settle_crowd
from api.bench.reaching import SilentChannel
from api.bench.valley import STARTED_AT, Size, Told, settle, sightings
from api.calm import calm_collector
from api.database import Database
from api.dependencies import Parts
from api.dispatch import Dispatcher
from api.errors import SetUpError
from api.events.rules import Timings
from api.inbox import Inbox
from api.ledger.signing import LedgerKey
from api.media.folder import MediaFolder
from api.settings import ServerSettings

DAYS = 7
_SETTLED_WITHIN_S = 200.0
_LIVED_WITHIN_S = 60.0  # a machine that is slower lives fewer days, and says how many


@dataclass(frozen=True, slots=True)
class WeekSize:
    """How much there is, and how often it is heard of."""

    stations: int = 1_000
    phones: int = 100_000
    geofences: int = 1_000
    batches_a_day: int = 24
    sightings_a_batch: int = 40


@dataclass(frozen=True, slots=True)
class Week:
    """Megabytes of resident memory: the most, and at the end of each simulated day."""

    stations: int
    phones: int
    sightings: int
    pushes: int
    most: float
    days: list[float]
    grown_after_first_day: float


def measure_week(folder: Path, size: WeekSize) -> dict[str, Any]:
    """Let a process of its own live through the week; return what it says.

    Raises:
        SetUpError: it failed, or took too long.
    """
    command = [sys.executable, "-m", "api.bench.week", str(folder), json.dumps(asdict(size))]
    try:
        ended = subprocess.run(  # noqa: S603 - our own program
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=_SETTLED_WITHIN_S + 2 * _LIVED_WITHIN_S,
        )
    except subprocess.CalledProcessError as error:
        raise SetUpError(f"the simulated week failed: {error.stderr[-300:]}") from error
    except subprocess.TimeoutExpired as error:
        raise SetUpError("the simulated week did not come to its end in time") from error
    said: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return said


async def live_a_week(folder: Path, size: WeekSize) -> Week:
    """Take sightings in and ring phones, day after day; look at memory each evening."""
    url = f"sqlite+aiosqlite:///{folder / 'week.db'}"
    migrations.upgrade(url)
    database, chance = Database(url), random.Random(7)
    stations = await settle(database, Size(0, size.stations, size.geofences), chance)
    villages = range(1, size.geofences + 1)
    await settle_crowd(
        database, size.phones, chance, villages=villages, now=STARTED_AT, shares_cells=True
    )
    await database.close()  # what filling it took is no part of a server
    database, clock = Database(url), Clock()
    media = MediaFolder(folder / "media")
    parts = Parts(
        database=database,
        settings=ServerSettings(data_dir=folder),
        secret=b"b" * 32,
        vapid_public_key="BPublic",
        media=media,
        ledger_key=LedgerKey.load_or_create(folder),
    )
    app = create_app(parts)
    channel, woken = SilentChannel(), asyncio.Event()
    dispatcher = Dispatcher(
        database, {"web_push": channel}, secret=parts.secret, wake=woken, clock=clock
    )
    working = asyncio.create_task(dispatcher.run())
    inbox = Inbox(media, Timings())
    days: list[float] = []
    calm_collector()  # as the server does when it starts
    every = timedelta(days=1) / size.batches_a_day
    late_at = time.monotonic() + _LIVED_WITHIN_S
    while len(days) < DAYS and (not days or time.monotonic() < late_at):
        for _ in range(size.batches_a_day):
            clock.moment += every
            begun = clock.moment - timedelta(seconds=9)
            told = sightings(stations, size.sightings_a_batch, chance, started_at=begun)
            await _take(database, inbox, told, clock.moment)
            channel.first_at.clear()  # the bench's own memory
            woken.set()
            await asyncio.sleep(0)
        days.append(resident_mb())
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await database.close()
    count = len(days) * size.batches_a_day * size.sightings_a_batch
    grown = round(days[-1] - days[0], 1)
    assert app.routes  # noqa: S101 - it lived as long as the rest
    return Week(size.stations, size.phones, count, channel.pushes, max(days), days, grown)


async def _take(database: Database, inbox: Inbox, told: Sequence[Told], now: datetime) -> None:
    """Take a batch in; like the link, as often as a busy database wants."""
    while True:
        try:
            async with database.transaction() as session:
                await inbox.take(session, [each.arrived for each in told], now)
        except OperationalError:
            await asyncio.sleep(1)
        else:
            return


class Clock:
    """The simulated week's."""

    def __init__(self) -> None:
        self.moment = STARTED_AT

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.moment


def resident_mb() -> float:
    """Return what this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _main() -> None:
    folder, size = islice(sys.argv, 1, 3)
    week = asyncio.run(live_a_week(Path(folder), WeekSize(**json.loads(size))))
    print(json.dumps(asdict(week)))


if __name__ == "__main__":
    _main()
