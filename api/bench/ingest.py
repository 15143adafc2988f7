"""How fast sightings are taken in, beside a plain INSERT of the same rows.

In one process and without a broker: what is measured is everything from a message's bytes to the
commit of all that it causes.
"""

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event, func, select

from api.bench.floor import BATCH, insert_plainly
from api.bench.valley import Size, Told, settle, sightings
from api.calm import calm_collector
from api.database import Database
from api.errors import SetUpError
from api.events.rules import Timings
from api.inbox import Inbox
from api.media.folder import MediaFolder
from api.tables import Detection

SEED = 20261122
A_MOMENT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run cost. CPU time is the process's own: steadier than rates on a shared machine."""

    per_s: float
    cpu_ms_each: float
    statements_each: float


@dataclass(frozen=True, slots=True)
class IngestResult:
    """The story and its floor. `detections` were committed by each."""

    detections: int
    story: Figures
    floor: Figures


async def measure(database: Database, folder: Path, size: Size) -> IngestResult:
    """Take sightings in, then the same number with a plain INSERT; the database must be empty.

    Raises:
        SetUpError: fewer were committed than were told.
    """
    chance = random.Random(SEED)
    stations = await settle(database, size, chance)
    inbox = Inbox(MediaFolder(folder), Timings())
    told = sightings(stations, size.detections, chance)
    plain = sightings(stations, size.detections, chance)

    calm_collector()  # as the server does when it starts

    async def take(batch: Sequence[Told]) -> None:
        now = batch[-1].message.captured_at + A_MOMENT
        async with database.transaction() as session:
            await inbox.take(session, [each.arrived for each in batch], now)

    async def put(batch: Sequence[Told]) -> None:
        await insert_plainly(database, batch)

    story = await _timed(database, told, take)
    floor = await _timed(database, plain, put)
    async with database.reading() as session:
        kept = await session.scalar(select(func.count()).select_from(Detection))
    if kept != 2 * size.detections:
        raise SetUpError(f"{2 * size.detections} sightings were told and {kept} are kept")
    return IngestResult(size.detections, story, floor)


async def _timed(
    database: Database, told: Sequence[Told], work: Callable[[Sequence[Told]], Awaitable[None]]
) -> Figures:
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(told), BATCH):
        await work(told[start : start + BATCH])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    event.remove(engine, "before_cursor_execute", count)
    return Figures(
        per_s=round(len(told) / wall, 1),
        cpu_ms_each=round(cpu * 1000 / len(told), 3),
        statements_each=round(statements / len(told), 2),
    )
