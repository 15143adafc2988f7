"""How soon every researcher's page answers over a large store, and with how many queries.

`python -m tests.api.console.pages 200000 [DATABASE_URL]` fills an empty database (SQLite in a
temporary folder unless a URL is given) and prints one JSON object. Times are of the whole request,
in the process: milliseconds on the wall, and of processor time, which other work does not spoil.
"""

import asyncio
import json
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

from sqlalchemy import event

from api.bulk import add_rows
from api.database import Database
from api.tables import Detection, Event, Role
from tests.api.console.desk import a_row, an_animal
from tests.api.shell import Shell, a_shell
from tests.api.world import DUSK, World, with_tables

FRAMES = 4
ASKED = 20
_AT_ONCE = 5000


async def fill(world: World, detections: int) -> None:
    """Fill the valley with so many detections, four to an event, over a year."""
    stations = [world.ridge, world.yard, world.far]
    events = detections // FRAMES
    every = timedelta(days=365) / events
    begun = DUSK - timedelta(days=365)
    for first in range(0, events, _AT_ONCE):
        rows, frames = [], []
        for number in range(first, min(first + _AT_ONCE, events)):
            station = stations[number % 3]
            at = begun + every * number
            camera = f"{station.name_id}-{number // 3 % 10}"
            place = {"latitude": station.latitude, "longitude": station.longitude}
            rows.append(
                place
                | {"id": number + 1, "site_id": "valley", "station_id": station.id}
                | {"deployment_id": camera, "herd_id": None, "count": 1, "simulated": False}
                | {"started_at": at, "ended_at": at + timedelta(seconds=30)}
            )
            frames += [
                a_row(station.id, number + 1, at + timedelta(seconds=10 * n))
                | {"animals": [an_animal([0.1, 0.2, 0.3, 0.4], 0.42 + number % 50 / 100)]}
                | {"media_sha256": None, "deployment_id": camera}
                for n in range(FRAMES)
            ]
        async with world.database.transaction() as session:
            await add_rows(session, Event, rows)
            await add_rows(session, Detection, frames)


async def measure(shell: Shell, database: Database) -> dict[str, Any]:
    """Ask each page twenty times."""
    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    found: dict[str, Any] = {}
    async with shell.signed_in(Role.RESEARCHER) as client:
        sorting = time.perf_counter()
        while (await client.post("/api/v1/review/queue", json={})).json()["still_sorting"]:
            pass
        found["sorting_in_s"] = round(time.perf_counter() - sorting, 1)
        queue = [
            ("POST", "/review/queue", {"order": o}) for o in ("teaching", "time", "camera", "herd")
        ]
        label = {"event_id": 7, "decision": "elephant"}
        pages: list[tuple[str, str, Any]] = [
            *queue,
            ("POST", "/review/labels", label),
            ("GET", "/review/events/7", None),
            ("GET", "/review/labels/last", None),
            ("GET", "/review/agreement", None),
            ("GET", "/findings/activity", None),
            ("GET", "/findings/weeks", None),
            ("GET", "/findings/history", None),
            ("GET", "/findings/paths", None),
            ("GET", "/individuals", None),
            ("GET", "/jobs", None),
            ("GET", "/detections", None),
            ("GET", "/stations", None),
        ]
        for method, path, body in pages:
            walls, cpus, queries = [], [], []
            for _ in range(ASKED):
                sent = body | {"id": str(uuid4())} if path == "/review/labels" else body
                asked, cpu, wall = 0, time.process_time(), time.perf_counter()
                answer = await client.request(method, f"/api/v1{path}", json=sent)
                walls.append(1000 * (time.perf_counter() - wall))
                cpus.append(1000 * (time.process_time() - cpu))
                queries.append(asked)
                assert answer.status_code < 300, answer.text
            name = path + (f" {body['order']}" if body and "order" in body else "")
            found[name] = {
                "p95_ms": round(quantiles(walls, n=20)[-1], 1),
                "p95_cpu_ms": round(quantiles(cpus, n=20)[-1], 1),
                "queries": max(queries),
            }
    return found


async def main(detections: int, url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(url or f"sqlite+aiosqlite:///{folder}/trunkline.db")
        world = await World.build(await with_tables(database))
        await fill(world, detections)
        shell = a_shell(database, Path(folder))
        print(json.dumps({"detections": detections} | await measure(shell, database), indent=1))
        await database.close()


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    asyncio.run(main(wanted, sys.argv[2] if len(sys.argv) > 2 else None))
