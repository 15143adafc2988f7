"""What will happen to a station if nothing changes: a flat battery, a lens that clouds over. Pure.

A straight line through the days, as the median of the slopes between every two of them: one day in
the shade does not bend it. What is said is a forecast, and says for how long it has looked.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from statistics import median

FLAT_PERCENT = 20.0
LEAST_DAYS = 4
MOST_DAYS_AHEAD = 60.0
# Stations call a lens defocused once fine detail has sunk by this much (a natural logarithm).
BLIND_AFTER = 1.0
_LEAST_FALL_PERCENT = 0.5
_LEAST_FALL_SHARPNESS = 0.02

Reading = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class Forecast:
    """In how many days it will have happened, and from how many days that was read."""

    days: float
    from_days: int


def flat_in(readings: Iterable[Reading]) -> Forecast | None:
    """Return when a battery will be at 20 %, by the lowest charge of each day; None: not soon."""
    lows = [min(values) for values in _by_day(readings)]
    return _reaches(lows, FLAT_PERCENT, least_fall=_LEAST_FALL_PERCENT)


def blind_in(readings: Iterable[Reading]) -> Forecast | None:
    """Return when a lens will have lost the detail that makes stations call it blind, if ever."""
    days = [median(values) for values in _by_day(readings)]
    if len(days) < LEAST_DAYS:
        return None
    usual = max(median(days[: max(len(days) // 3, 1)]), median(days))
    return _reaches(days, usual - BLIND_AFTER, least_fall=_LEAST_FALL_SHARPNESS)


def _reaches(days: Sequence[float], level: float, *, least_fall: float) -> Forecast | None:
    if len(days) < LEAST_DAYS:
        return None
    numbered = list(enumerate(days))
    fall = -median((b - a) / (j - i) for (i, a), (j, b) in combinations(numbered, 2))
    if fall < least_fall:
        return None
    ahead = max((days[-1] - level) / fall, 0.0)
    return Forecast(ahead, len(days)) if ahead <= MOST_DAYS_AHEAD else None


def _by_day(readings: Iterable[Reading]) -> list[list[float]]:
    days: dict[date, list[float]] = defaultdict(list)
    for at, value in readings:
        days[at.date()].append(value)
    return [days[day] for day in sorted(days)]
