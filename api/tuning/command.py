"""`trunkline-server tuning`: what recommended thresholds are worth, put to the test."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from api.tuning.rules import CONFIDENCE, Promise
from api.tuning.simulation import Contest, Kept, contest, promises_kept

tuning_app = typer.Typer(help="Thresholds from evidence.", no_args_is_help=True)
_TABLE_DAYS = 120
_CAMERAS = 20


@tuning_app.command("simulate")
def simulate(
    runs: Annotated[int, typer.Option(min=1, help="How many recommendations to try.")] = 500,
    days: Annotated[int, typer.Option(min=1, help="That each camera watched before.")] = 250,
    sites: Annotated[int, typer.Option(min=1, help="Sites of 20 cameras to balance.")] = 10,
    one_in_days: Annotated[float, typer.Option(min=0.1, help="One false alarm in so many.")] = 50,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999)] = CONFIDENCE,
    seed: Annotated[int, typer.Option(help="Repeats a run exactly.")] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only the JSON.")] = False,
) -> None:
    """Try the recommendations on simulated cameras whose truth is known.

    Says how many of the stated guarantees hold, and how many false alarms each camera's own
    threshold (and mask) spares at the event recall of one threshold for all. The last line is JSON.
    """
    promise = Promise(one_in_days, confidence)
    kept = promises_kept(runs, days, promise, seed)
    steps = track(range(sites), "sites", console=Console(stderr=True), disable=quiet)
    pairs = [
        tuple(contest(_CAMERAS, _TABLE_DAYS, seed + n, masked=masked) for masked in (False, True))
        for n in steps
    ]
    alone, masked = ([pair[n] for pair in pairs] for n in (0, 1))
    if not quiet:
        _tell(promise, kept, alone, masked)
    figures: dict[str, Any] = {
        "promises": {
            "one_in_days": one_in_days,
            "confidence": confidence,
            "cameras": kept.cameras,
            "recommended": kept.recommended,
            "broken": kept.broken,
            "kept": round(kept.share, 4),
        },
        "fewer_false_alarms": {
            "thresholds_alone": round(_fewer(alone), 4),
            "with_masks": round(_fewer(masked), 4),
            "least_of_a_site": round(min(each.fewer for each in masked), 4),
        },
    }
    typer.echo(json.dumps(figures))


def _tell(promise: Promise, kept: Kept, alone: list[Contest], masked: list[Contest]) -> None:
    out = sys.stdout
    out.write(
        f"At most one false alarm in {promise.one_in_days:g} days, {promise.confidence:.0%}: "
        f"true of {kept.recommended - kept.broken} of {kept.recommended} recommendations, "
        f"made for {kept.cameras} simulated cameras.\n"
    )
    for name, found in (("own thresholds", alone), ("own thresholds and masks", masked)):
        recall = sum(each.recall for each in found) / len(found)
        out.write(
            f"False alarms with {name}: {_fewer(found):.0%} fewer than with one threshold for all, "
            f"at the same event recall ({recall:.1%}).\n"
        )


def _fewer(found: list[Contest]) -> float:
    with_one = sum(each.false_per_day_with_one for each in found)
    return 1 - sum(each.false_per_day for each in found) / with_one
