"""`trunkline-server bench`: measure this machine, honestly."""

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from api import migrations
from api.bench import parts
from api.bench.table import table
from api.bench.valley import Size
from api.command_line import fail


def bench(
    detections: Annotated[int, typer.Option(min=100, max=100_000, help="How many to tell.")] = 8000,
    stations: Annotated[int, typer.Option(min=1, max=1000, help="Who tell them.")] = 50,
    geofences: Annotated[int, typer.Option(min=0, max=10_000, help="Villages around them.")] = 100,
    database_url: Annotated[
        str | None, typer.Option(help="An empty PostgreSQL database; a temporary SQLite if absent.")
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Small crowds, and nothing that needs a broker: a minute."),
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write the figures there, too.")
    ] = None,
) -> None:
    """Measure this machine: sightings, alerts, pushes, memory. About ten minutes.

    Each beside the least that anybody must do, in the same run. PostgreSQL and Mosquitto are
    started for it where they are installed. The last line is one JSON object.
    """
    size = Size(detections, stations, geofences)
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as place:
        folder = Path(place)
        url = database_url or f"sqlite+aiosqlite:///{folder}/bench.db"
        if migrations.current(url) is not None:
            fail("this database is in use; bench wants an empty one")
        migrations.upgrade(url)
        figures = _measured(url, folder, size, with_brokers=not quick and database_url is None,
                            is_quick=quick)  # fmt: skip
    said = json.dumps(figures)
    if json_file is not None:
        json_file.write_text(said + "\n", encoding="utf-8")
    for line in table(figures):
        typer.echo(line)
    typer.echo(said)


def _measured(
    url: str, folder: Path, size: Size, *, with_brokers: bool, is_quick: bool
) -> dict[str, Any]:
    _say("taking sightings in")
    figures: dict[str, Any] = {"ingest": parts.ingest(url, folder, size)}
    if with_brokers:
        _say("through the brokers")
        figures["ingest"] |= parts.through(folder, size)
        _say("from the broker to the push")
        figures["alert_latency_ms"] = parts.latency(folder)
    _say("whom a herd concerns")
    figures["geofence_ms"] = parts.matching(folder, is_quick=is_quick)
    _say("pushes")
    figures["push"] = parts.push(folder, is_quick=is_quick)
    _say("a simulated week")
    figures["memory_mb"] = parts.memory(folder, is_quick=is_quick)
    return figures


def _say(what: str) -> None:
    """Tell what is being measured; standard output is for the figures."""
    typer.echo(f"measuring: {what} …", err=True)
