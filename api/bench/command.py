"""`trunkline-server bench`: measure this machine, honestly."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api import migrations
from api.bench.ingest import IngestResult, measure
from api.bench.valley import Size
from api.command_line import done, fail
from api.database import Database


def bench(
    detections: Annotated[int, typer.Option(min=100, max=100_000, help="How many to tell.")] = 2000,
    stations: Annotated[int, typer.Option(min=1, max=1000, help="Who tell them.")] = 50,
    geofences: Annotated[int, typer.Option(min=0, max=10_000, help="Villages around them.")] = 100,
    database_url: Annotated[
        str | None, typer.Option(help="An empty PostgreSQL database; a temporary SQLite if absent.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write the figures there, too.")
    ] = None,
) -> None:
    """Measure how fast sightings are taken in, beside a plain INSERT of the same rows.

    The last line is one JSON object.
    """
    size = Size(detections, stations, geofences)
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        url = database_url or f"sqlite+aiosqlite:///{folder}/bench.db"
        if migrations.current(url) is not None:
            fail("this database is in use; bench wants an empty one")
        migrations.upgrade(url)
        result = done(lambda: _measured(url, Path(folder), size))
    said = json.dumps({"ingest": asdict(result)})
    if json_file is not None:
        json_file.write_text(said + "\n", encoding="utf-8")
    for name, figures in (("ingest", result.story), ("plain INSERT", result.floor)):
        typer.echo(
            f"{name:<13} {figures.per_s:>9.1f}/s  {figures.cpu_ms_each:>7.3f} ms CPU each"
            f"  {figures.statements_each:>6.2f} statements each"
        )
    typer.echo(said)


async def _measured(url: str, folder: Path, size: Size) -> IngestResult:
    database = Database(url)
    try:
        return await measure(database, folder / "media", size)
    finally:
        await database.close()
