"""Counts what a detector said into the figures a release is judged by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from detector.detection import Lighting
from detector.evaluation.looking import Seen, percentile
from detector.evaluation.precision import average_precision
from detector.evaluation.rates import Share

CONFIRMATION_NEEDED, CONFIRMATION_OUT_OF = 2, 4
Thresholds = Mapping[Lighting, float]
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
    latency = {"p50": percentile(took, 0.5), "p95": percentile(took, 0.95)}
    return Report(release, groups, _sequences(seen, thresholds), latency)


def rings(one: Seen, thresholds: Thresholds) -> bool:
    """Whether the release takes this picture for one with an elephant."""
    return one.score >= thresholds[one.lighting]


def is_confirmed(answers: Sequence[bool]) -> bool:
    """Whether a sequence of frames rings: 2 of 4 in a row, as on a station.

    A sequence of one picture can only be asked for one.
    """
    needed = min(CONFIRMATION_NEEDED, len(answers))
    windows = (answers[i : i + CONFIRMATION_OUT_OF] for i in range(len(answers)))
    return needed > 0 and any(sum(window) >= needed for window in windows)


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
    def order(one: Seen) -> tuple[str, str]:
        return one.picture.sequence_id, one.picture.path.name

    found = false = with_elephants = 0
    for _, frames in groupby(sorted(seen, key=order), key=lambda one: one.picture.sequence_id):
        event = list(frames)
        confirmed = is_confirmed([rings(one, thresholds) for one in event])
        if any(one.picture.has_elephant for one in event):
            with_elephants += 1
            found += confirmed
        else:
            false += confirmed
    recall = Share(found, with_elephants)
    return SequenceFigures(with_elephants, recall.rate, recall.interval, false)
