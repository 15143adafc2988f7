"""How soon every page of the console answers over a large site, and with how many questions.

`python -m tests.api.console.pages 200000 [DATABASE_URL [fill]]` fills a database (SQLite in a
temporary folder unless a URL is given; one that is full already is taken as it is) and prints one
JSON object; with `fill` it fills and does not measure. Times are of the whole request, in the
process: milliseconds on the wall, and of processor time, which other work does not spoil.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import event, func, select, update

from api.calm import calm_collector
from api.database import Database
from api.tables import Event, Role, Station
from api.tuning.tables import ThresholdReport
from api.tuning.work import ask, make_reports
from tests.api.console.large_reviews import be_the_reader, read_some
from tests.api.console.large_site import Size, fill
from tests.api.shell import Shell, a_shell
from tests.api.world import DUSK, World, with_tables

ASKED = 20
BUDGET_MS = 300
QUEUE = "/review/queue"
Page = tuple[str, str, Any]  # method, path, body

RESEARCHERS: tuple[Page, ...] = (
    *(("POST", QUEUE, {"order": order}) for order in ("teaching", "time", "camera", "herd")),
    ("POST", "/review/labels", {"event_id": 7, "decision": "elephant"}),
    ("GET", "/review/events/7", None),
    ("GET", "/review/labels/last", None),
    ("GET", "/review/agreement", None),
    ("GET", "/review/rules", None),
    ("GET", "/findings/activity", None),
    ("GET", "/findings/weeks", None),
    ("GET", "/findings/history", None),
    ("GET", "/findings/paths", None),
    ("GET", "/individuals", None),
    ("GET", "/individuals/1", None),
    ("GET", "/jobs", None),
    ("GET", "/detections?limit=50", None),
    ("GET", "/stations", None),
    ("GET", "/tuning/samples?limit=30", None),
)
OPERATORS: tuple[Page, ...] = (
    ("GET", "/map", None),
    ("GET", "/herds", None),
    ("GET", "/alerts?limit=50", None),
    ("GET", "/alerts?limit=200", None),
    ("GET", "/quarantine", None),
    ("GET", "/fleet", None),
    ("GET", "/fleet/config-form", None),
    ("GET", "/stations/cam0/config", None),
    ("GET", "/fleet/rollouts", None),
    ("GET", "/fleet/releases", None),
    ("GET", "/tuning/thresholds", None),
    ("GET", "/tuning/thresholds/cam0/cam0-1/night_ir", None),
    ("GET", "/tuning/changes", None),
    ("GET", "/replays", None),
    ("GET", "/replays/job-1", None),
    ("GET", "/reach", None),
    ("GET", "/drills", None),
)
ADMINISTRATORS: tuple[Page, ...] = (
    ("GET", "/people", None),
    ("GET", "/audit", None),
    ("GET", "/audit?area=threshold", None),
    ("GET", "/ledger/key", None),
    ("GET", "/ledger/signatures", None),
)
PAGES = {
    Role.RESEARCHER: RESEARCHERS,
    Role.OPERATOR: OPERATORS,
    Role.ADMINISTRATOR: ADMINISTRATORS,
}


@dataclass
class Counter:
    """How many statements went to the database since it was last set to 0."""

    statements: int = 0


@contextmanager
def counting(database: Database) -> Iterator[Counter]:
    """Count every statement."""
    counter = Counter()

    def count(*_: object) -> None:
        counter.statements += 1

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    yield counter
    event.remove(engine, "before_cursor_execute", count)


@asynccontextmanager
async def large_site(database: Database, folder: Path, size: Size) -> AsyncIterator[Shell]:
    """A server over a site of that size, its queue sorted and its threshold reports made."""
    await with_tables(database)
    async with database.reading() as session:
        is_full = await session.scalar(select(func.count()).select_from(Event)) or 0
    if not is_full:
        world = await World.build(database)
        await fill(world, size)
        await _hear_from_all(world)
    async with database.transaction() as session:
        is_judged = await session.scalar(select(func.count()).select_from(ThresholdReport)) or 0
        await ask(session, "valley", DUSK)
    if not is_judged:
        await make_reports(database, "valley", lambda: DUSK)
    shell = a_shell(database, folder)
    async with shell.signed_in(Role.RESEARCHER) as client:
        while (await client.post(f"/api/v1{QUEUE}", json={})).json()["still_sorting"]:
            pass
    await read_some(database)
    yield shell


async def _hear_from_all(world: World) -> None:
    """The first three stations live, too: they were there before the others."""
    async with world.database.transaction() as session:
        await session.execute(update(Station).values(last_seen_at=DUSK - timedelta(minutes=1)))


async def ask_page(client: httpx.AsyncClient, page: Page) -> httpx.Response:
    """Ask once; what is written has a new key each time."""
    method, path, body = page
    sent = body | {"id": str(uuid4())} if path == "/review/labels" else body
    return await client.request(method, f"/api/v1{path}", json=sent)


def name_of(page: Page) -> str:
    return page[1] + (f" {page[2]['order']}" if page[1] == QUEUE else "")


async def measure(shell: Shell, database: Database) -> dict[str, Any]:
    """Ask each page twenty times."""
    found: dict[str, Any] = {}
    with counting(database) as counter:
        for role, pages in PAGES.items():
            async with shell.signed_in(role) as client:
                if role is Role.RESEARCHER:
                    await be_the_reader(database)
                for page in pages:
                    found[name_of(page)] = await _measured(client, page, counter)
    return found


async def _measured(client: httpx.AsyncClient, page: Page, counter: Counter) -> dict[str, Any]:
    walls, cpus, statements, size = [], [], [], 0
    await ask_page(client, page)  # the first one loads what later ones find
    for _ in range(ASKED):
        counter.statements = 0
        cpu, wall = time.process_time(), time.perf_counter()
        answer = await ask_page(client, page)
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
        statements.append(counter.statements)
        size = len(answer.content)
        assert answer.status_code < 300, answer.text
    return {
        "p95_ms": round(quantiles(walls, n=20)[-1], 1),
        "p95_cpu_ms": round(quantiles(cpus, n=20)[-1], 1),
        "statements": max(statements),
        "kilobytes": round(size / 1000, 1),
    }


async def main(detections: int, url: str | None, *, only_fill: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(url or f"sqlite+aiosqlite:///{folder}/trunkline.db")
        began = time.perf_counter()
        async with large_site(database, Path(folder), Size(detections)) as shell:
            async with database.reading() as session:
                events = await session.scalar(select(func.count()).select_from(Event))
                places = await session.scalar(select(func.count()).select_from(ThresholdReport))
            filled = {"detections": detections, "events": events, "threshold_reports": places}
            filled["ready_in_s"] = round(time.perf_counter() - began)
            calm_collector()  # as the server does when it has started
            pages = {} if only_fill else await measure(shell, database)
        slow = [name for name, page in pages.items() if page["p95_ms"] > BUDGET_MS]
        print(json.dumps(filled | {"pages": pages, "over_300_ms": slow}, indent=1))
        await database.close()


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    where = sys.argv[2] if len(sys.argv) > 2 else None
    asyncio.run(main(wanted, where, only_fill=sys.argv[3:] == ["fill"]))
