"""`trunkline-server bench`: measure this machine, honestly."""

import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from api import migrations
from api.bench.brokers import (
    has_parts,
    private_database,
    through_embedded,
    through_mosquitto,
)
from api.bench.fan_out import measure_fan_out
from api.bench.ingest import SEED, IngestResult, measure
from api.bench.matching import measure_matching
from api.bench.valley import Size
from api.command_line import done, fail
from api.database import Database

MANY_GEOFENCES = 10_000


def bench(
    detections: Annotated[int, typer.Option(min=100, max=100_000, help="How many to tell.")] = 2000,
    stations: Annotated[int, typer.Option(min=1, max=1000, help="Who tell them.")] = 50,
    geofences: Annotated[int, typer.Option(min=0, max=10_000, help="Villages around them.")] = 100,
    database_url: Annotated[
        str | None, typer.Option(help="An empty PostgreSQL database; a temporary SQLite if absent.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out what needs a broker: half a minute.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write the figures there, too.")
    ] = None,
) -> None:
    """Measure this machine: sightings, from the broker to the commit; geofences; pushes.

    Each beside the least that anybody must do, in the same run. PostgreSQL and Mosquitto are
    started for it where they are installed. The last line is one JSON object.
    """
    size = Size(detections, stations, geofences)
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        url = database_url or f"sqlite+aiosqlite:///{folder}/bench.db"
        if migrations.current(url) is not None:
            fail("this database is in use; bench wants an empty one")
        migrations.upgrade(url)
        result = done(lambda: _measured(url, Path(folder), size))
        figures: dict[str, Any] = {"ingest": asdict(result)}
        if not quick and database_url is None:
            figures["ingest"] |= _through(Path(folder), size)
    figures["geofence_ms"] = asdict(measure_matching(MANY_GEOFENCES, random.Random(SEED)))
    figures["push"] = asdict(measure_fan_out())
    said = json.dumps(figures)
    if json_file is not None:
        json_file.write_text(said + "\n", encoding="utf-8")
    for line in _table(figures):
        typer.echo(line)
    typer.echo(said)


def _through(folder: Path, size: Size) -> dict[str, Any]:
    """Measure both ways in which a server is run; a way that is not installed is None."""
    embedded_url = f"sqlite+aiosqlite:///{folder}/through.db"
    migrations.upgrade(embedded_url)
    embedded = done(lambda: through_embedded(embedded_url, folder, size))
    figures: dict[str, Any] = {"sqlite_embedded": asdict(embedded), "postgres_mosquitto": None}
    if has_parts():
        with private_database() as url:
            scaled = done(lambda: through_mosquitto(url, folder, size))
        figures["postgres_mosquitto"] = asdict(scaled)
    return figures


def _table(figures: dict[str, Any]) -> Iterator[str]:
    ingest = figures["ingest"]
    for name, each in (("decided and kept", ingest["story"]), ("plain INSERT", ingest["floor"])):
        yield (
            f"{name:<20} {each['per_s']:>9.1f}/s  {each['cpu_ms_each']:>7.3f} ms CPU each"
            f"  {each['statements_each']:>6.2f} statements each"
        )
    for name in ("sqlite_embedded", "postgres_mosquitto"):
        if each := ingest.get(name):
            yield (
                f"{name:<20} {each['per_s']:>9.1f}/s  {each['cpu_ms_each']:>7.3f} ms CPU each"
                f"  {each['of_floor']:.2f} of a plain INSERT's {each['floor_per_s']:.0f}/s"
                f"  {each['lost']} lost"
            )
    near, push = figures["geofence_ms"], figures["push"]
    yield f"{near['geofences']:,} geofences    p50 {near['p50']:.3f} ms  p99 {near['p99']:.3f} ms"
    yield (
        f"pushes               {push['per_cpu_s']:.0f} per CPU second,"
        f" {push['of_floor']:.2f} of the floor's {push['floor_per_cpu_s']:.0f}"
    )


async def _measured(url: str, folder: Path, size: Size) -> IngestResult:
    database = Database(url)
    try:
        return await measure(database, folder / "media", size)
    finally:
        await database.close()
