"""Counts what a detector said into the figures a release is judged by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from detector.evaluation.confirmation import (
    STATION_RULE,
    confirmed_at,
    nearness,
    sequences_of,
)
from detector.evaluation.looking import Seen
from detector.evaluation.precision import average_precision
from detector.evaluation.rates import Share
from detector.evaluation.thresholds import Thresholds, rings
from detector.measuring import percentile

Interval = tuple[float, float]

# `partial` and `whole` divide the pictures with elephants; each is set against all without
_BELONGS: dict[str, Callable[[Seen], bool]] = {
    "all": lambda _: True,
    "day": lambda one: one.picture.lighting == "day",
    "night_ir": lambda one: one.picture.lighting == "night_ir",
    "thermal": lambda one: one.picture.lighting == "thermal",
    "partial": lambda one: one.picture.partial or not one.picture.has_elephant,
    "whole": lambda one: not one.picture.partial,
}


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One group of pictures; rates from 0 to 1, None where nothing can be said."""

    images: int
    positives: int
    negatives: int
    ap50: float | None
    ap50_95: float | None
    image_recall: float | None
    image_recall_ci: Interval | None
    false_alarm_rate: float | None
    false_alarm_rate_ci: Interval | None


@dataclass(frozen=True, slots=True)
class SequenceFigures:
    """Events instead of frames: `n` with elephants, and how many without rang all the same."""

    n: int
    recall: float | None
    recall_ci: Interval | None
    false_alarms: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything `evaluate` says about one release on one dataset."""

    release: str
    groups: dict[str, GroupFigures]
    sequences: SequenceFigures
    latency_ms: dict[str, float | None]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain lists and dicts, in the shape of `metrics.json`."""
        return asdict(self)


def report(release: str, seen: Sequence[Seen], thresholds: Thresholds) -> Report:
    """Count everything at the release's own thresholds."""
    groups = {
        name: _group([one for one in seen if belongs(one)], thresholds)
        for name, belongs in _BELONGS.items()
    }
    took = [one.took_ms for one in seen]
    latency = {
        name: percentile(took, share) if took else None
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
    return Report(release, groups, _sequences(seen, thresholds), latency)


def _group(seen: Sequence[Seen], thresholds: Thresholds) -> GroupFigures:
    found = _ringing((one for one in seen if one.picture.has_elephant), thresholds)
    false = _ringing((one for one in seen if not one.picture.has_elephant), thresholds)
    precision = average_precision(seen)
    return GroupFigures(
        images=len(seen),
        positives=found.n,
        negatives=false.n,
        ap50=precision.ap50 if precision else None,
        ap50_95=precision.ap50_95 if precision else None,
        image_recall=found.rate,
        image_recall_ci=found.interval,
        false_alarm_rate=false.rate,
        false_alarm_rate_ci=false.interval,
    )


def _ringing(seen: Iterable[Seen], thresholds: Thresholds) -> Share:
    answers = [rings(one, thresholds) for one in seen]
    return Share(sum(answers), len(answers))


def _sequences(seen: Sequence[Seen], thresholds: Thresholds) -> SequenceFigures:
    found = false = with_elephants = 0
    for event in sequences_of(seen):
        near = [nearness(one, thresholds) for one in event]
        confirmed = confirmed_at(near, STATION_RULE) is not None
        if any(one.picture.has_elephant for one in event):
            with_elephants += 1
            found += confirmed
        else:
            false += confirmed
    recall = Share(found, with_elephants)
    return SequenceFigures(with_elephants, recall.rate, recall.interval, false)
