"""`trunkline-server bench-month`: does the server know one herd from another, and when it comes?"""

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from api import migrations
from api.bench.month.fitting import fitted
from api.bench.month.month import Month, a_month
from api.bench.month.quick import tell_quickly
from api.bench.month.telling import tell
from api.bench.month.told import Told
from api.bench.month.verdict import Verdict, judge
from api.bench.month.worlds import WORLDS, WorldName
from api.database import Database

FIT_SEEDS = range(60)
JUDGED_FROM = 1000  # the tables were fitted on other months


def bench_month(
    months: Annotated[int, typer.Option(min=1, max=500, help="How many months to judge.")] = 3,
    seed: Annotated[
        int, typer.Option(help="Of the first month; the next ones follow.")
    ] = JUDGED_FROM,
    days: Annotated[int, typer.Option(min=1, max=60, help="Length of a month.")] = 30,
    world: Annotated[
        WorldName, typer.Option(help="What is taken to be true of herds and cameras.")
    ] = WorldName.BELIEVED,
    herds_a_day: Annotated[
        float | None, typer.Option(min=0.1, max=5, help="How many come into the valley.")
    ] = None,
    pace: Annotated[
        float, typer.Option(min=0.3, max=3, help="How much faster they walk than is believed.")
    ] = 1.0,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Ask the rules alone, without a database: the same answers."),
    ] = False,
    fit: Annotated[
        bool, typer.Option("--fit", help="Print the forecast's tables from other months instead.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, help="Write the figures there, too.")
    ] = None,
) -> None:
    """Simulate months of herds whose truth is known, and judge what the server makes of them.

    Whether each herd stays one herd, how often it comes within the foretold time, and how many
    alerts a village gets. The last line is one JSON object. A simulation shows whether the rules
    do what they are meant to; how real herds walk, it does not know.
    """
    if fit:
        for line in fitted(FIT_SEEDS):
            typer.echo(line)
        return
    true = WORLDS[world]
    true = replace(
        true,
        temper=true.temper.at_pace(pace),
        passages_a_day=herds_a_day or true.passages_a_day,
    )
    total = Verdict()
    for number in range(seed, seed + months):
        month = a_month(number, days, true)
        total += judge(month, tell_quickly(month) if quick else _told(number, month))
    figures = {"months": months, "seed": seed, "days": days, "world": world.value} | total.figures()
    for line in _table(figures):
        typer.echo(line)
    said = json.dumps(figures)
    if json_file is not None:
        json_file.write_text(said + "\n", encoding="utf-8")
    typer.echo(said)


def _told(seed: int, month: Month) -> Told:
    with (
        tempfile.TemporaryDirectory(prefix="trunkline-month-") as folder,
        typer.progressbar(length=len(month.glimpses), label=f"month {seed}") as bar,
    ):
        url = f"sqlite+aiosqlite:///{folder}/month.db"
        migrations.upgrade(url)

        async def work(progress: Callable[[int], None]) -> Told:
            database = Database(url)
            try:
                return await tell(month, database, progress)
            finally:
                await database.close()

        return asyncio.run(work(bar.update))


def _table(figures: dict[str, Any]) -> Iterator[str]:
    yield (
        f"one herd                {_percent(figures['one_herd'])} of {figures['herds']} herds"
        f" ({figures['herds_with_others_about']} with others about;"
        f" {figures['split']} split, {figures['mixed']} mixed)"
    )
    yield (
        f"arrival within interval {_percent(figures['interval_holds'])} of {figures['arrivals']}"
        f" arrivals ({_percent(figures['came_before'])} earlier,"
        f" {_percent(figures['came_after'])} later)"
    )
    yield (
        f"expected to come        {figures['expected_to_come']} arrivals, {figures['came']} came"
    )
    areas = ", ".join(
        f"{minutes} min {_percent(share)}" for minutes, share in figures["area_holds"].items()
    )
    yield f"in the area             {areas}"
    yield (
        f"alerts                  {figures['alerts_per_herd_and_village']} per herd and village;"
        f" one for each detection: {figures['detections_per_herd_and_village']}"
    )
    yield (
        f"visits to villages      {figures['visits']}, warned before"
        f" {_percent(figures['visits_warned_before'])},"
        f" median lead {figures['median_lead_min']} min"
    )


def _percent(share: float | None) -> str:
    return "   –  " if share is None else f"{100 * share:5.1f} %"
