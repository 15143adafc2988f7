"""What a server holds in memory, with very many stations and phones, over a simulated week.

Programs of their own, so that nothing else is counted: `python -m api.bench.week fill FOLDER JSON`,
and then the same with `live`.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from api import migrations
from api.app import create_app
from api.bench.crowd import settle_crowd
from api.bench.valley import STARTED_AT, Size, settle
from api.bench.week_life import Clock, Life, NotedChannel, WeekSize
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
from api.stations.store import all_stations

DAYS = 7
_ENDED_WITHIN_S = 600.0


@dataclass(frozen=True, slots=True)
class Week:
    """Megabytes of resident memory: the most ever, and at the end of each simulated day."""

    stations: int
    phones: int
    sightings: int
    pushes: int
    most: float
    days: list[float]
    grown_after_first_day: float
    took_s: float


def measure_week(folder: Path, size: WeekSize) -> dict[str, Any]:
    """Let a process of its own live through the week; return what it says.

    Raises:
        SetUpError: it failed, or took too long.
    """
    _run("fill", folder, size)  # by another: what filling takes is no part of a server
    said: dict[str, Any] = json.loads(_run("live", folder, size).splitlines()[-1])
    return said


def _run(what: str, folder: Path, size: WeekSize) -> str:
    command = [sys.executable, "-m", "api.bench.week", what, str(folder), json.dumps(asdict(size))]
    try:
        ended = subprocess.run(  # noqa: S603 - our own program
            command, check=True, stdout=subprocess.PIPE, text=True, timeout=_ENDED_WITHIN_S
        )
    except subprocess.CalledProcessError as error:
        raise SetUpError(f"the simulated week failed: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise SetUpError("the simulated week did not come to its end in time") from error
    return ended.stdout


async def fill(folder: Path, size: WeekSize) -> None:
    """Make the database: a valley with its stations and villages, and people with phones."""
    migrations.upgrade(_url(folder))
    database, chance = Database(_url(folder)), random.Random(7)
    await settle(database, Size(0, size.stations, size.geofences), chance)
    villages = range(1, size.geofences + 1)
    await settle_crowd(
        database, size.phones, chance, villages=villages, now=STARTED_AT, shares_cells=True
    )
    await database.close()


async def live_a_week(folder: Path, size: WeekSize) -> Week:
    """Take sightings in and ring phones, day after day; look at memory each evening."""
    begun, days = time.monotonic(), list[float]()
    async with _lively(folder, size) as life:
        calm_collector()  # as the server does when it starts
        for _ in range(DAYS):
            await life.one_day()
            days.append(resident_mb())
            took_s = round(time.monotonic() - begun, 1)
            print(f"  day {len(days)}: {days[-1]} MB, {took_s} s", file=sys.stderr, flush=True)
    return Week(
        size.stations,
        size.phones,
        sightings=DAYS * size.herds_a_day * size.sightings_a_herd,
        pushes=life.channel.pushes,
        most=most_mb(),
        days=days,
        grown_after_first_day=round(days[-1] - days[0], 1),
        took_s=took_s,
    )


@asynccontextmanager
async def _lively(folder: Path, size: WeekSize) -> AsyncIterator[Life]:
    """Put a server's parts together, as far as memory hangs on them, and a valley around them."""
    database, clock, woken = Database(_url(folder)), Clock(), asyncio.Event()
    async with database.reading() as session:
        stations = await all_stations(session)
    media, channel = MediaFolder(folder / "media"), NotedChannel()
    parts = Parts(
        database=database,
        settings=ServerSettings(data_dir=folder),
        secret=b"b" * 32,
        vapid_public_key="BPublic",
        media=media,
        ledger_key=LedgerKey.load_or_create(folder),
        clock=clock,
    )
    dispatcher = Dispatcher(
        database, {"web_push": channel}, secret=parts.secret, wake=woken, clock=clock
    )
    working = asyncio.create_task(dispatcher.run())
    try:
        yield Life(
            size,
            stations,
            database,
            Inbox(media, Timings()),
            create_app(parts),
            channel,
            woken,
            clock,
            random.Random(7),
        )
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await database.close()


def _url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'week.db'}"


def resident_mb() -> float:
    """Return what this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def most_mb() -> float:
    """Return the most that this program has ever held in memory."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) * 1024 / 1e6, 1)


def _main() -> None:
    what, folder, said = islice(sys.argv, 1, 4)
    size = WeekSize(**json.loads(said))
    if what == "fill":
        asyncio.run(fill(Path(folder), size))
    else:
        print(json.dumps(asdict(asyncio.run(live_a_week(Path(folder), size)))))


if __name__ == "__main__":
    _main()
