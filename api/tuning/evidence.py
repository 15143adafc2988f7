"""From rows to evidence: what an event, a sample and a day watched are worth. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from api.tuning.rules import Evidence, Passage

ELEPHANT = "elephant"
UNSURE = "unsure"
SHORTEST_PASSAGE = timedelta(seconds=60)
SAME_PASSAGE = timedelta(minutes=10)
LONGEST_WINDOW = timedelta(days=1)


class Place(NamedTuple):
    """One camera in one light: what has a threshold of its own."""

    station_id: int
    deployment_id: str
    lighting: str


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event, and what readers agreed on; a verdict of None: nobody has looked."""

    started_at: datetime
    ended_at: datetime
    score: float
    threshold: float
    foot: tuple[float, float] | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class SeenSample:
    """A frame below the threshold, for which `stands_for` frames stand; None: nobody has looked."""

    captured_at: datetime
    score: float
    foot: tuple[float, float] | None
    stands_for: float
    window_began_at: datetime
    is_elephant: bool | None


@dataclass(frozen=True, slots=True)
class Surest:
    """The surest elephant of a detection, and where it stands."""

    score: float
    foot: tuple[float, float] | None


def surest(animals: Iterable[Mapping[str, Any]]) -> Surest:
    """Return the surest elephant among a frame's animals; score 0 without one."""
    elephants = [each for each in animals if each.get("label") == ELEPHANT]
    if not elephants:
        return Surest(0.0, None)
    best = max(elephants, key=lambda each: float(each["confidence"]))
    left, top, width, height = best["box"]
    return Surest(float(best["confidence"]), (left + width / 2, top + height))


def evidence_of(
    events: Sequence[SeenEvent], samples: Sequence[SeenSample], days: float, noon: timedelta
) -> Evidence:
    """Put together what is known of a place.

    Samples count once somebody has looked at some of each tenth of score: unlabelled ones would
    say that nothing is missed. A sample within ten minutes of an event is that event's own and
    says nothing new. Of the others as many make one passage as a camera takes frames while an
    elephant passes: so long as the events here last, by the middle one. `noon` shifts days so
    that a night is one.
    """
    told_from = max((each.threshold for each in events), default=0.0)
    passages = [
        Passage(each.score, _is_elephant(each.verdict), _day(each.started_at, noon), foot=each.foot)
        for each in events
        if each.score >= told_from
    ]
    alone = [
        each for each in samples if each.score < told_from and not _within(each.captured_at, events)
    ]
    if not _are_labelled(alone):
        return Evidence(tuple(passages), days, told_from)
    frames = frames_per_passage(samples, events)
    passages += [
        Passage(
            each.score,
            each.is_elephant,
            _day(each.captured_at, noon),
            weight=max(each.stands_for / frames, 1e-3),
            foot=each.foot,
        )
        for each in alone
    ]
    heaviest = max(each.stands_for / frames for each in alone)
    return Evidence(tuple(passages), days, told_from, heaviest)


def frames_per_passage(samples: Sequence[SeenSample], events: Sequence[SeenEvent]) -> float:
    """Return how many frames are looked at while something passes; at least 1.

    Windows of samples are taken for whole days, and a camera with a motion gate rests between: both
    err towards more passages missed.
    """
    if not samples:
        return 1.0
    looked = sum(each.stands_for for each in samples)
    watched_s = len({each.window_began_at for each in samples}) * LONGEST_WINDOW.total_seconds()
    lasts = [max(each.ended_at - each.started_at, SHORTEST_PASSAGE) for each in events]
    passage_s = median(span.total_seconds() for span in lasts) if lasts else 60.0
    return max(looked / watched_s * passage_s, 1.0)


def _are_labelled(samples: Sequence[SeenSample]) -> bool:
    labelled = {int(each.score * 10) for each in samples if each.is_elephant is not None}
    return bool(samples) and {int(each.score * 10) for each in samples} <= labelled


def _is_elephant(verdict: str | None) -> bool | None:
    if verdict is None or verdict == UNSURE:
        return None
    return verdict == ELEPHANT


def _within(moment: datetime, events: Sequence[SeenEvent]) -> bool:
    return any(
        each.started_at - SAME_PASSAGE <= moment <= each.ended_at + SAME_PASSAGE for each in events
    )


def _day(moment: datetime, noon: timedelta) -> int:
    return (moment - noon).toordinal()
