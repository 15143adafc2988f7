"""How fast sightings come through: from the broker to the commit, with the link as it is served."""

import asyncio
import json
import pickle
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from api.bench.floor import insert_plainly
from api.bench.ingest import SEED
from api.bench.valley import Size, Told, settle, sightings
from api.broker.provider import BrokerAddress
from api.calm import calm_collector
from api.database import Database
from api.errors import SetUpError
from api.events.rules import Timings
from api.inbox import Inbox
from api.link import Link
from api.media.folder import MediaFolder
from api.metrics import Metrics
from api.tables import Detection

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Through:
    """What came through. CPU is this process's: the link's, and an embedded broker's."""

    detections: int
    lost: int
    per_s: float
    cpu_ms_each: float
    floor_per_s: float
    floor_cpu_ms_each: float
    of_floor: float


async def measure_through(
    database: Database, address: BrokerAddress, folder: Path, size: Size
) -> Through:
    """Say `size.detections` sightings to the broker as fast as it takes them; count the committed.

    Raises:
        SetUpError: they did not come through in time.
    """
    chance = random.Random(SEED)
    stations = await settle(database, size, chance)
    now, every = datetime.now(UTC), timedelta(milliseconds=1)
    told = sightings(stations, size.detections, chance, started_at=now, every=every)
    plain = sightings(stations, size.detections, chance, started_at=now, every=every)
    metrics = Metrics()
    link = Link(
        database,
        Inbox(MediaFolder(folder / "media"), Timings()),
        metrics,
        clock=lambda: datetime.now(UTC),
    )
    calm_collector()  # as the server does when it starts
    async with running(link, address), publishing(told, address, folder) as publisher:
        cpu = time.process_time()
        publisher.begin()
        ended = await _until_committed(metrics, len(told))
        cpu = time.process_time() - cpu
        said = await publisher.said()
    async with database.reading() as session:
        kept = await session.scalar(select(func.count()).select_from(Detection)) or 0
    floor_s, floor_cpu_s = await insert_plainly(database, plain)
    per_s, floor_per_s = len(told) / (ended - said[0]), len(plain) / floor_s
    return Through(
        detections=len(told),
        lost=len(told) - kept,
        per_s=round(per_s, 1),
        cpu_ms_each=round(1000 * cpu / len(told), 3),
        floor_per_s=round(floor_per_s, 1),
        floor_cpu_ms_each=round(1000 * floor_cpu_s / len(plain), 3),
        of_floor=round(per_s / floor_per_s, 2),
    )


class Publisher:
    """The stations' voices, in a process of their own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def begin(self) -> None:
        """Let them speak."""
        if self._process.stdin is not None:
            self._process.stdin.write(b"\n")

    async def said(self) -> list[float]:
        """Wait until all is said; return when, on the monotonic clock."""
        line = await self._line()
        moments: list[float] = json.loads(line)
        return moments

    async def ready(self) -> None:
        """Wait until they are connected.

        Raises:
            SetUpError: they ended instead.
        """
        if await self._line() != b"ready\n":
            raise SetUpError("the bench's stations cannot speak to the broker")

    async def _line(self) -> bytes:
        if self._process.stdout is None:
            return b""
        return await self._process.stdout.readline()


@asynccontextmanager
async def publishing(
    told: Sequence[Told], address: BrokerAddress, folder: Path, *, per_s: float = 0
) -> AsyncIterator[Publisher]:
    """Have the stations ready to say this, at most so many a second (0: no limit)."""
    file = folder / "told.pickle"
    file.write_bytes(pickle.dumps([(each.arrived.topic, each.arrived.payload) for each in told]))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api.bench.publisher", file, address.host, str(address.port)),
        *(address.username, address.password, str(per_s)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=64 * 1024 * 1024,
    )
    try:
        publisher = Publisher(process)
        await publisher.ready()
        yield publisher
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def running(link: Link, address: BrokerAddress) -> AsyncIterator[None]:
    """Run the link, and hear everything, while the context lasts."""
    work = asyncio.create_task(link.run(address, client_id="bench-link", share=None))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not link.is_subscribed:  # noqa: ASYNC110 - it tells nobody when
                await asyncio.sleep(0.02)
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _until_committed(metrics: Metrics, wanted: int) -> float:
    """Return when that many detections were committed, on the monotonic clock."""
    deadline, before = time.monotonic() + PATIENCE_S, 0.0
    while True:
        labels = {"kind": "detections"}
        count = metrics.registry.get_sample_value("trunkline_messages_total", labels) or 0.0
        if count >= wanted:
            return time.monotonic()
        if count > before:
            deadline, before = time.monotonic() + PATIENCE_S, count
        if time.monotonic() > deadline:
            raise SetUpError(f"of {wanted} sightings {count:.0f} came through")
        await asyncio.sleep(0.005)
