"""The command `evaluate`: one release on one dataset, as a table and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from detector.evaluation.confirmation import STATION_RULE, RuleFigures, try_rules, visits_of
from detector.evaluation.report import GroupFigures, Interval, Report
from detector.evaluation.visibility import (
    SOME,
    Recall,
    VisibilityFigures,
    day_elephants,
    visibility_curve,
)
from detector.release import Precision

BEST_RULES = 10
"""Rules of confirmation that the table shows; the JSON has all."""


def evaluate(
    dataset: Annotated[Path, typer.Argument(help="folder with images/, labels/, manifest.csv")],
    model: Annotated[
        str | None, typer.Option(help="release name or folder; the newest if absent")
    ] = None,
    split: Annotated[str, typer.Option(help="part of the dataset; empty for all of it")] = "val",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="also write the figures to this file")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="cores per picture")] = None,
    visibility: Annotated[
        bool, typer.Option("--visibility", help="also hide day animals in part, step by step")
    ] = False,
    confirmation: Annotated[
        bool, typer.Option("--confirmation", help="also try how many frames should agree")
    ] = False,
    film: Annotated[
        list[Path] | None, typer.Option(help="a visit on film, for --confirmation; repeatable")
    ] = None,
    empty_film: Annotated[
        list[Path] | None, typer.Option(help="likewise, one without elephants; repeatable")
    ] = None,
    per_s: Annotated[
        float, typer.Option(min=0.1, max=5, help="frames of a film a station looks at a second")
    ] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="without the release's second look")] = False,
    seed: Annotated[int, typer.Option(min=0, help="which leaves and nights to try")] = 0,
    precision: Annotated[
        Precision, typer.Option(help="which of the release's networks")
    ] = Precision.FP32,
    reduced: Annotated[
        bool, typer.Option("--reduced", help="unfold pictures no larger than is needed")
    ] = False,
) -> None:
    """Judge a release on labelled pictures, at its own thresholds.

    Rates carry a Wilson 95 % interval: with few pictures it is wide, and that is the truth.
    With --visibility each animal of the day pictures is also cut and covered to 80, 60, 40 and
    20 % of its box, by day and in simulated night: a simulation, no evidence from the field.
    """
    from detector.engine import Detector
    from detector.evaluation.films import visits_in
    from detector.evaluation.looking import look
    from detector.evaluation.report import report
    from detector.pictures import UnreadablePictureError, read_picture
    from detector.release import ReleaseError, find_release, load_release
    from detector.training.dataset import DatasetError, read_dataset

    try:
        release = load_release(find_release(model), precision)
        release = release.looking_once() if once else release
        pictures = read_dataset(dataset, split=split or None)
        detector, progress = Detector(release, threads=threads), Console(stderr=True)
        read = partial(read_picture, least_side_px=release.input_size_px if reduced else None)
        seen = look(track(pictures, "looking", console=progress), detector, read=read)
        visits = list(visits_of(seen, release.thresholds))
        for is_elephant, films in ((True, film), (False, empty_film)):
            shown = track(films or [], "films", console=progress)
            visits += visits_in(
                shown, detector, release.thresholds, is_elephant=is_elephant, per_s=per_s
            )
        curve: list[VisibilityFigures] = []
        if visibility:
            hidden = track(day_elephants(pictures), "hiding", console=progress)
            curve = visibility_curve(hidden, detector, release.thresholds, seed=seed)
    except (DatasetError, ReleaseError, UnreadablePictureError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise typer.Exit(2) from error

    if not seen:
        typer.secho(f"{dataset} has no picture in part {split!r}", fg=typer.colors.RED, err=True)
        raise typer.Exit(2)
    judged = report(release.name, seen, release.thresholds)
    figures = judged.as_json()
    Console().print(as_table(judged))
    if confirmation:
        tried = try_rules(visits)
        figures["confirmation"] = [rule.as_json() for rule in tried]
        Console().print(rules_as_table(tried))
    if curve:
        figures["visibility"] = [asdict(point) for point in curve]
        Console().print(curve_as_table(curve))
    if json_file:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def as_table(judged: Report) -> Table:
    """Lay a report out for a terminal."""
    sequences, latency = judged.sequences, judged.latency_ms
    events = f"{_share(sequences.recall, sequences.recall_ci)} of {sequences.n} sequences found"
    false = f"{sequences.false_alarms} sequences without elephants rang"
    speed = f"latency p50 {_ms(latency['p50'])}, p95 {_ms(latency['p95'])}"
    table = Table(title=judged.release, caption=f"{events}; {false}; {speed}")
    table.add_column("group")
    for heading in ("with", "without", "AP50", "AP50-95", "image recall", "false alarms"):
        table.add_column(heading, justify="right")
    for name, figures in judged.groups.items():
        table.add_row(name, *_cells(figures))
    return table


def curve_as_table(curve: Sequence[VisibilityFigures]) -> Table:
    """Lay the visibility curve out for a terminal."""
    animals = curve[0].animals if curve else 0
    table = Table(
        title="recall by visible share of the box",
        caption=f"{animals} animals of day pictures, hidden by us; night is simulated",
    )
    table.add_column("light")
    table.add_column("how")
    table.add_column("visible", justify="right")
    table.add_column("recall", justify="right")
    for name in SOME:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_column("picture rings", justify="right")
    for point in curve:
        recall = _share(point.recall, point.recall_ci)
        some = [_of(part) for part in point.some.values()]
        table.add_row(
            point.lighting, point.how, f"{point.visible:.0%}", recall, *some, _percent(point.rings)
        )
    return table


def rules_as_table(tried: Sequence[RuleFigures]) -> Table:
    """Lay the rules of confirmation out for a terminal."""
    table = Table(
        title="confirmation",
        caption="sequences of two frames or more, and films; % of the threshold",
    )
    for heading in ("frames that must agree", "visits found", "false", "frames until it rang"):
        table.add_column(heading)
    stations = [one for one in tried[BEST_RULES:] if one.rule == STATION_RULE]
    for one in [*tried[:BEST_RULES], *stations]:
        table.add_row(
            f"{one.rule}{' (stations)' if one.rule == STATION_RULE else ''}",
            f"{one.found.hits} of {one.found.n}",
            f"{one.false.hits} of {one.false.n}",
            "–" if one.mean_frames is None else f"{one.mean_frames:.2f} (mean)",
        )
    return table


def _cells(figures: GroupFigures) -> list[str]:
    return [
        str(figures.positives),
        str(figures.negatives),
        "–" if figures.ap50 is None else f"{figures.ap50:.3f}",
        "–" if figures.ap50_95 is None else f"{figures.ap50_95:.3f}",
        _share(figures.image_recall, figures.image_recall_ci),
        _share(figures.false_alarm_rate, figures.false_alarm_rate_ci),
    ]


def _share(rate: float | None, interval: Interval | None) -> str:
    if rate is None or interval is None:
        return "–"
    return f"{rate:.1%} ({interval[0]:.1%} to {interval[1]:.1%})"


def _of(part: Recall) -> str:
    return f"{_percent(part.recall)} of {part.animals}"


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.0%}"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} ms"
