"""One site's thresholds, each camera and light its own, for as many elephants and fewer alarms.

A threshold for all has to suit the worst camera. Here every camera gives way where that costs
least: each takes the threshold at which one more missed elephant would spare it `price` false
alarms, and the price is the same for all. What one camera has seen too seldom to tell is filled up
with what all have seen, as if it had been there for `LENT` passages more.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from api.tuning.rules import GRID, Evidence, Passage, weighed

LENT = 8.0
SPREAD = 0.03
_LOGISTIC = 1.702  # the logistic curve that is nearest to the normal one
_HALVINGS = 60

Place = TypeVar("Place", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a choice of thresholds would mean for all cameras together."""

    false_per_day: float
    missed_per_day: float
    recall: float


@dataclass(frozen=True, slots=True)
class _Scale:
    """One camera's false alarms and misses a day, at each threshold of the grid."""

    first: int  # of the grid: below it nothing is known
    false: tuple[float, ...]
    missed: tuple[float, ...]
    elephants: float


class Sharing(Generic[Place]):
    """The evidence of all cameras and lights of a site, ready to be balanced."""

    def __init__(
        self, places: Mapping[Place, Evidence], light: Callable[[Place], Hashable] = lambda _: None
    ) -> None:
        """Take the evidence of each place; places in the same `light` lend each other theirs."""
        known = {place: weighed(evidence.passages) for place, evidence in places.items()}
        pools: dict[Hashable, list[Passage]] = defaultdict(list)
        for place, passages in known.items():
            pools[light(place)] += passages
        shapes = {
            key: tuple(_survival([p for p in pool if p.is_elephant is it]) for it in (True, False))
            for key, pool in pools.items()
        }
        self._scales = {
            place: _scale(known[place], evidence, *shapes[light(place)])
            for place, evidence in places.items()
        }

    def at_recall(self, recall: float) -> dict[Place, float]:
        """Return the thresholds with the fewest false alarms that catch this share of elephants.

        The mildest that are known where even they catch fewer.
        """
        low, high = 0.0, 1e6
        for _ in range(_HALVINGS):
            price = (low * high) ** 0.5 if low > 0 else high / 1e3
            if self.expected(self.at_price(price)).recall >= recall:
                high = price
            else:
                low = price
            if low == 0.0 and high < 1e-6:
                break
        return self.at_price(high)

    def at_price(self, price: float) -> dict[Place, float]:
        """Return the thresholds when one missed elephant is as bad as `price` false alarms."""
        return {place: GRID[_best(scale, price)] for place, scale in self._scales.items()}

    def expected(self, thresholds: Mapping[Place, float]) -> Expected:
        """Return what these thresholds would mean, all cameras together."""
        false = missed = elephants = 0.0
        for place, scale in self._scales.items():
            step = GRID.index(thresholds[place])
            false += scale.false[step]
            missed += scale.missed[step]
            elephants += scale.elephants
        return Expected(false, missed, 1 - missed / elephants if elephants > 0 else 1.0)


def _best(scale: _Scale, price: float) -> int:
    known = range(scale.first, len(GRID))
    return min(known, key=lambda step: (scale.false[step] + price * scale.missed[step], -step))


def _scale(
    passages: Sequence[Passage],
    evidence: Evidence,
    elephants_of_all: Sequence[float],
    others_of_all: Sequence[float],
) -> _Scale:
    elephants = [each for each in passages if each.is_elephant]
    others = [each for each in passages if not each.is_elephant]
    days = max(evidence.days, 1.0)
    caught = _blended(elephants, elephants_of_all)
    fired = _blended(others, others_of_all)
    came = sum(each.weight for each in elephants) / days
    alarms = sum(each.weight for each in others) / days
    lowest = evidence.told_from if evidence.sample_weight is None else 0.0
    return _Scale(
        first=next((n for n, step in enumerate(GRID) if step >= lowest), len(GRID) - 1),
        false=tuple(alarms * share for share in fired),
        missed=tuple(came * (1 - share) for share in caught),
        elephants=came,
    )


def _blended(passages: Sequence[Passage], of_all: Sequence[float]) -> list[float]:
    total = sum(each.weight for each in passages)
    worth = total**2 / sum(each.weight**2 for each in passages) if passages else 0.0
    own = _survival(passages)
    mix = worth / (worth + LENT)
    return [mix * mine + (1 - mix) * theirs for mine, theirs in zip(own, of_all, strict=True)]


def _survival(passages: Sequence[Passage]) -> list[float]:
    """Return which share of them each threshold of the grid lets pass.

    Each score is taken for about what the next one will be: it is spread a little both ways.
    """
    total = sum(each.weight for each in passages)
    if total <= 0:
        return [0.0] * len(GRID)
    shares = [0.0] * len(GRID)
    for each in passages:
        for step, threshold in enumerate(GRID):
            shares[step] += each.weight * _passes(each.score - threshold)
    return [share / total for share in shares]


def _passes(above: float) -> float:
    if abs(above) > 6 * SPREAD:
        return float(above > 0)
    return 1 / (1 + math.exp(-above / SPREAD * _LOGISTIC))
