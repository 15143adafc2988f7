"""A place in one camera's view where false alarms come again and again, and what masking it costs.

A mask counts only in the light it was made for, and an elephant is hidden by it only while it
stands there; so it costs least where nothing but the false alarms ever stood.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.tuning.bounds import share_within
from api.tuning.rules import CONFIDENCE, Passage, Share

LEAST_ALARMS = 5
LEAST_DAYS = 3
ELEPHANTS_AT_MOST = 0.02  # of those seen in this light
SIDE = 0.12  # of the frame: a wider mask would hide a path
MARGIN = 0.015
MOST_SPOTS = 5


@dataclass(frozen=True, slots=True)
class Zone:
    """An upright rectangle, as fractions of the frame."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, foot: tuple[float, float] | None) -> bool:
        """Whether what stands there stands in the zone."""
        if foot is None:
            return False
        return self.left <= foot[0] <= self.right and self.top <= foot[1] <= self.bottom

    @property
    def corners(self) -> list[list[float]]:
        """The zone as a station's config writes it."""
        left, top, right, bottom = self.left, self.top, self.right, self.bottom
        return [[left, top], [right, top], [right, bottom], [left, bottom]]


@dataclass(frozen=True, slots=True)
class Spot:
    """A mask that is worth offering: what it spares, on how many days, and what it may hide."""

    zone: Zone
    alarms: int
    days: int
    elephants_there: int
    elephants: int
    hides: Share  # of the elephants seen in this light


def spots(passages: Iterable[Passage], told_from: float = 0.0) -> list[Spot]:
    """Return the places to mask, the worst first. Only what was reviewed counts."""
    told = [p for p in passages if p.score >= told_from and p.foot is not None]
    elephants = [each for each in told if each.is_elephant]
    false = [each for each in told if each.is_elephant is False]
    found: list[Spot] = []
    while len(found) < MOST_SPOTS:
        there = _thickest(false)
        if len(there) < LEAST_ALARMS or len({each.day for each in there}) < LEAST_DAYS:
            break
        spot = _spot(there, false, elephants)
        if spot.hides.estimate is None or spot.hides.estimate <= ELEPHANTS_AT_MOST:
            found.append(spot)
        false = [each for each in false if not spot.zone.holds(each.foot)]
    return found


def without(passages: Iterable[Passage], zones: Sequence[Zone]) -> tuple[Passage, ...]:
    """Return the passages that masks leave."""
    return tuple(each for each in passages if not any(zone.holds(each.foot) for zone in zones))


def _spot(there: Sequence[Passage], false: Sequence[Passage], elephants: Sequence[Passage]) -> Spot:
    zone = _around(there)
    inside = [each for each in false if zone.holds(each.foot)]
    hidden = sum(zone.holds(each.foot) for each in elephants)
    low, high = share_within(hidden, len(elephants), CONFIDENCE)
    estimate = hidden / len(elephants) if elephants else None
    return Spot(
        zone=zone,
        alarms=len(inside),
        days=len({each.day for each in inside}),
        elephants_there=hidden,
        elephants=len(elephants),
        hides=Share(estimate, low, high),
    )


def _thickest(false: Sequence[Passage]) -> list[Passage]:
    """Return the false alarms of the square, centred on one of them, that holds the most."""
    best: list[Passage] = []
    feet = [each.foot for each in false if each.foot is not None]
    for x, y in feet:
        square = Zone(x - SIDE / 2, y - SIDE / 2, x + SIDE / 2, y + SIDE / 2)
        there = [each for each in false if square.holds(each.foot)]
        if len(there) > len(best):
            best = there
    return best


def _around(there: Sequence[Passage]) -> Zone:
    """Return the zone around where most of them stood: the outermost may have passed by chance."""
    feet = [each.foot for each in there if each.foot is not None]
    left, right = _middle(sorted(x for x, _ in feet))
    top, bottom = _middle(sorted(y for _, y in feet))
    return Zone(
        round(max(left - MARGIN, 0.0), 3),
        round(max(top - MARGIN, 0.0), 3),
        round(min(right + MARGIN, 1.0), 3),
        round(min(bottom + MARGIN, 1.0), 3),
    )


def _middle(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends without the outermost twentieth on either side."""
    cut = len(values) // 20
    return values[cut], values[-1 - cut]
