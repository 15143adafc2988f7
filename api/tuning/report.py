"""What the evidence of a place says, put together for people. Pure; takes about 0.1 s a place."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from api.tuning.evidence import Place, evidence_of
from api.tuning.masks import Spot, spots
from api.tuning.rules import (
    DAYS_PER_MONTH,
    GRID,
    Evidence,
    Point,
    Promise,
    Recommendation,
    Share,
    curve,
    recommend,
)
from api.tuning.sharing import Sharing
from api.tuning.store import Rows

BINS = 20
PRICES = tuple(10 ** (step / 6) for step in range(-9, 16))  # false alarms for a missed elephant


def report_of(evidence: Evidence, promise: Promise, samples: int) -> dict[str, Any]:
    """Return all that is shown of a place, as JSON; shares as [estimate, low, high]."""
    found = recommend(evidence, promise)
    seen = evidence.passages
    return {
        "days": round(evidence.days, 2),
        "told_from": evidence.told_from,
        "is_sampled": evidence.sample_weight is not None,
        "events": len(seen) - samples,
        "samples": samples,
        "reviewed": evidence.reviewed,
        "elephants": sum(each.is_elephant is True for each in seen),
        "others": sum(each.is_elephant is False for each in seen),
        "promise": asdict(promise),
        "recommended": _recommended(found),
        "points": [_point(each) for each in curve(evidence)],
        "scores": _histogram(evidence),
        "spots": [_spot(each) for each in spots(seen, evidence.told_from)],
    }


def evidences(
    rows: Mapping[Place, Rows], days: Mapping[tuple[int, str], float], noon: timedelta
) -> dict[Place, Evidence]:
    """Return the evidence of each place."""
    return {
        place: evidence_of(
            found.events,
            found.samples,
            days.get((place.station_id, place.deployment_id), 0.0),
            noon,
        )
        for place, found in rows.items()
    }


def balance_of(
    places: Mapping[Place, Evidence], now: Mapping[Place, float]
) -> list[dict[str, Any]]:
    """Return choices of thresholds for all places, from the fewest alarms to the fewest misses.

    The first one is how it is now; per month of one camera, all lights of it together.
    """
    told = {place: each for place, each in places.items() if each.passages}
    if not told:
        return []
    sharing = Sharing(told, lambda place: place.lighting)
    cameras = max(len({place[:2] for place in told}), 1)
    as_it_is = {place: _on_grid(now.get(place, each.told_from)) for place, each in told.items()}
    choices = [as_it_is, *(sharing.at_price(price) for price in PRICES)]
    steps: list[dict[str, Any]] = []
    for choice in choices:
        expected = sharing.expected(choice)
        step = {
            "false_per_camera_month": round(expected.false_per_day * DAYS_PER_MONTH / cameras, 3),
            "missed_per_camera_month": round(expected.missed_per_day * DAYS_PER_MONTH / cameras, 3),
            "recall": round(expected.recall, 4),
            "thresholds": [[*place, threshold] for place, threshold in choice.items()],
        }
        if not steps or step["thresholds"] != steps[-1]["thresholds"]:
            steps.append(step)
    return steps


def _on_grid(threshold: float) -> float:
    return min(GRID, key=lambda step: abs(step - threshold))


def _recommended(found: Recommendation) -> dict[str, Any]:
    return {
        "threshold": found.threshold,
        "days_missing": round(found.days_missing, 1),
        "stopped_by": found.stopped_by,
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "threshold": point.threshold,
        "false_per_day": _short(point.false_per_day),
        "false_per_day_at_most": _short(point.false_per_day_at_most),
        "missed_per_day": _short(point.missed_per_day),
        "precision": _share(point.precision),
        "recall": _share(point.recall),
    }


def _share(share: Share) -> list[float | None]:
    estimate = None if share.estimate is None else _short(share.estimate)
    return [estimate, _short(share.low), _short(share.high)]


def _short(value: float) -> float:
    return round(min(value, 1e6), 5)  # JSON knows no infinity


def _spot(spot: Spot) -> dict[str, Any]:
    return {
        "corners": spot.zone.corners,
        "alarms": spot.alarms,
        "days": spot.days,
        "elephants_there": spot.elephants_there,
        "elephants": spot.elephants,
        "hides": _share(spot.hides),
    }


def _histogram(evidence: Evidence) -> dict[str, Sequence[float]]:
    """Return by twentieth of score how many there were, samples by what they stand for."""
    bins = {name: [0.0] * BINS for name in ("elephant", "other", "unknown")}
    names = {True: "elephant", False: "other", None: "unknown"}
    for each in evidence.passages:
        bins[names[each.is_elephant]][min(int(each.score * BINS), BINS - 1)] += each.weight
    return {name: [round(count, 2) for count in counts] for name, counts in bins.items()}
