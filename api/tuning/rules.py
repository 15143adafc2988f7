"""What reviewed passages prove about a threshold, and which one keeps a promise. Pure.

One camera in one light at a time. The rules, and why they may be believed:

* What nobody has looked at stands in no doubt's favour. Within each tenth of score the reviewed
  speak for the others (whoever reviews may choose by score, not by what it is); in a tenth in which
  nobody reviewed anything, all counts as false.
* A sample below the threshold that was kept with probability p stands for 1/p like it.
* The false alarms of one day come together (a windy night), so a day is one surprise of its size.
* Thresholds are tried from the strictest down, on a grid that knows nothing of the evidence, until
  the first that fails. Only the first one that breaks the promise can be passed by mistake, so a
  95 % promise stays one however many thresholds are tried.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from api.tuning.bounds import gamma_share, rate_at_most, share_within

GRID = tuple(round(step / 100, 2) for step in range(5, 96))
"""The thresholds that are tried, the mildest first."""

CONFIDENCE = 0.95
DAYS_PER_MONTH = 30.0
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Passage:
    """Something that came before a camera once, elephant or not.

    `score` is the surest that the network was of an elephant (0 to 1); `is_elephant` None if nobody
    has looked. `weight` says how many like it stand behind this one. `foot` is the middle of the
    box's lower edge, as fractions of the frame.
    """

    score: float
    is_elephant: bool | None
    day: int
    weight: float = 1.0
    foot: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """At most one false alarm in so many days, with this confidence."""

    one_in_days: float = 50.0
    confidence: float = CONFIDENCE

    @property
    def per_day(self) -> float:
        """The false alarms of a day that are allowed."""
        return 1 / self.one_in_days


@dataclass(frozen=True, slots=True)
class Share:
    """A share as estimated, and the interval in which it lies."""

    estimate: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold would mean, in passages."""

    threshold: float
    false_per_day: float
    false_per_day_at_most: float
    missed_per_day: float
    precision: Share
    recall: Share


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one camera in one light.

    `days` are those that it watched; `told_from` is the threshold above which every passage is
    here. Below it there are samples only, each standing for up to `sample_weight`; None if there
    are none: then what was missed cannot be known.
    """

    passages: tuple[Passage, ...]
    days: float
    told_from: float
    sample_weight: float | None = None

    @property
    def reviewed(self) -> int:
        """How many passages somebody has looked at."""
        return sum(each.is_elephant is not None for each in self.passages)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The mildest threshold that keeps the promise; None, and what is missing, where none does."""

    threshold: float | None
    promise: Promise
    days_missing: float = 0.0  # further ones without a false alarm, until the strictest would do
    stopped_by: str = ""  # why it is not milder: evidence, samples


class Standing(StrEnum):
    """Whether a promise is kept, as far as the days since can tell."""

    EARLY = "early"
    KEPT = "kept"
    BROKEN = "broken"


def standing(false: Iterable[Passage], days: float, promise: Promise) -> Standing:
    """Say whether what came since a change breaks the promise that was made with it."""
    surprises = len({each.day for each in false})
    allowed = promise.per_day * days
    if surprises and gamma_share(surprises, allowed) <= 1 - promise.confidence:
        return Standing.BROKEN
    at_most = rate_at_most(float(surprises), float(surprises), 1.0, promise.confidence)
    return Standing.KEPT if at_most <= allowed else Standing.EARLY


def curve(evidence: Evidence, confidence: float = CONFIDENCE) -> list[Point]:
    """Return what each threshold of the grid would mean; below `told_from` only where sampled."""
    known = weighed(evidence.passages)
    elephants = [each for each in known if each.is_elephant]
    everything = sum(each.weight for each in elephants)
    return [
        _point(threshold, known, elephants, everything, evidence, confidence)
        for threshold in _tried(evidence)
    ]


def recommend(evidence: Evidence, promise: Promise) -> Recommendation:
    """Return the mildest threshold that keeps the promise."""
    known = [each for each in weighed(evidence.passages) if not each.is_elephant]
    chosen: float | None = None
    for threshold in reversed(_tried(evidence)):
        if _at_most(known, threshold, evidence, promise.confidence) > promise.per_day:
            break
        chosen = threshold
    if chosen is None:
        return Recommendation(None, promise, _days_missing(known, evidence, promise))
    stopped = "samples" if chosen == _tried(evidence)[0] else "evidence"
    return Recommendation(chosen, promise, stopped_by=stopped)


def weighed(passages: Iterable[Passage]) -> list[Passage]:
    """Let the reviewed speak for the others of their tenth; where nobody looked, all is false."""
    tenths: dict[int, list[Passage]] = defaultdict(list)
    for each in passages:
        tenths[min(int(each.score * _TENTHS), _TENTHS - 1)].append(each)
    return [each for tenth in tenths.values() for each in _spoken_for(tenth)]


def _spoken_for(tenth: Sequence[Passage]) -> list[Passage]:
    reviewed = [each for each in tenth if each.is_elephant is not None]
    if not reviewed:
        return [replace(each, is_elephant=False) for each in tenth]
    times = sum(each.weight for each in tenth) / sum(each.weight for each in reviewed)
    return [replace(each, weight=each.weight * times) for each in reviewed]


def _tried(evidence: Evidence) -> list[float]:
    lowest = evidence.told_from if evidence.sample_weight is None else 0.0
    return [threshold for threshold in GRID if threshold >= lowest - 1e-9]


def _point(
    threshold: float,
    known: Sequence[Passage],
    elephants: Sequence[Passage],
    everything: float,
    evidence: Evidence,
    confidence: float,
) -> Point:
    told = [each for each in known if each.score >= threshold]
    right = [each for each in told if each.is_elephant]
    wrong = [each for each in told if not each.is_elephant]
    caught = sum(each.weight for each in right)
    days = max(evidence.days, 1e-9)
    return Point(
        threshold=threshold,
        false_per_day=sum(each.weight for each in wrong) / days,
        false_per_day_at_most=_at_most(wrong, threshold, evidence, confidence),
        missed_per_day=max(everything - caught, 0.0) / days,
        precision=_share(right, told, confidence),
        recall=_share(right, elephants, confidence),
    )


def _share(part: Sequence[Passage], whole: Sequence[Passage], confidence: float) -> Share:
    """Count as many as the weights are worth: a few heavy ones prove no more than a few."""
    total = sum(each.weight for each in whole)
    if total <= 0:
        return Share(None, 0.0, 1.0)
    worth = total**2 / sum(each.weight**2 for each in whole)
    estimate = min(sum(each.weight for each in part) / total, 1.0)
    low, high = share_within(round(estimate * worth, 6), round(worth, 6), confidence)
    return Share(estimate, low, high)


def _at_most(
    false: Iterable[Passage], threshold: float, evidence: Evidence, confidence: float
) -> float:
    """Return the false alarms of a day that the threshold surely does not exceed."""
    if evidence.days <= 0:
        return float("inf")
    surprises = _by_day(each for each in false if each.score >= threshold)
    might_come = 1.0
    if threshold < evidence.told_from and evidence.sample_weight is not None:
        might_come = max(evidence.sample_weight, 1.0)
    largest = max((*surprises, might_come))
    squares = sum(each**2 for each in surprises)
    bound = rate_at_most(round(sum(surprises), 6), round(squares, 6), round(largest, 6), confidence)
    return bound / evidence.days


def _by_day(passages: Iterable[Passage]) -> list[float]:
    days: dict[int, float] = defaultdict(float)
    for each in passages:
        days[each.day] += each.weight
    return list(days.values())


def _days_missing(false: Sequence[Passage], evidence: Evidence, promise: Promise) -> float:
    """Return how many days without a false alarm are missing until the strictest would do."""
    if evidence.days <= 0:
        return rate_at_most(0.0, 0.0, 1.0, promise.confidence) / promise.per_day
    at_most = _at_most(false, GRID[-1], evidence, promise.confidence)
    return max(at_most * evidence.days / promise.per_day - evidence.days, 0.0)
