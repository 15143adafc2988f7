"""One simulated month: the valley, who walked there, and what was seen of it."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from api.bench.month.landscape import Landscape, a_landscape
from api.bench.month.seeing import Glimpse, glimpses
from api.bench.month.walker import Passage, Temper, a_passage

BEGAN_AT = datetime(2026, 11, 1, tzinfo=UTC)
PASSAGES_A_DAY = 0.6  # nearly half of them meet another in the valley
NIGHT_STARTS_H = 9.5  # UTC: a little before dusk
BY_DAY = 0.2


@dataclass(frozen=True, slots=True)
class Month:
    """What happened (`passages`) and what the server hears of it (`glimpses`)."""

    land: Landscape
    passages: tuple[Passage, ...]
    glimpses: tuple[Glimpse, ...]


def a_month(
    seed: int,
    days: int = 30,
    temper: Temper | None = None,
    passages_a_day: float = PASSAGES_A_DAY,
) -> Month:
    """Return the month of a seed: always the same."""
    chance = Random(seed)
    land = a_landscape(chance)
    starts = [
        BEGAN_AT + timedelta(days=day, hours=_start_h(chance))
        for day in range(days)
        for _ in range(_how_many(passages_a_day, chance))
    ]
    passages = tuple(
        a_passage(number, starts_at, land, chance, temper or Temper())
        for number, starts_at in enumerate(sorted(starts))
    )
    return Month(land, passages, tuple(glimpses(passages, land, BEGAN_AT, days, chance)))


def _start_h(chance: Random) -> float:
    if chance.random() < BY_DAY:
        return chance.uniform(0, 24)
    return NIGHT_STARTS_H + chance.triangular(0, 9, 2)


def _how_many(mean: float, chance: Random) -> int:
    """Return a number as the Poisson distribution has it."""
    left, count = chance.random(), 0
    share = math.exp(-mean)
    while left > share:
        left -= share
        count += 1
        share *= mean / count
    return count
