"""One simulated month: the valley, who walked there, and what was seen of it."""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from api.bench.month.glimpse import Glimpse
from api.bench.month.landscape import Landscape, a_landscape
from api.bench.month.moving import an_aim
from api.bench.month.seeing import Eyes, glimpses
from api.bench.month.walker import Passage, Temper, a_passage

BEGAN_AT = datetime(2026, 11, 1, tzinfo=UTC)
PASSAGES_A_DAY = 0.6  # nearly half of them meet another in the valley
NIGHT_STARTS_H = 9.5  # UTC: a little before dusk
BY_DAY = 0.2


@dataclass(frozen=True, slots=True)
class Month:
    """What happened (`passages`) and what the server hears of it (`glimpses`).

    `looks_deg` is where operators say that each camera looks, None where they have not.
    """

    land: Landscape
    passages: tuple[Passage, ...]
    glimpses: tuple[Glimpse, ...]
    looks_deg: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class World:
    """What is taken to be true of herds and cameras. The default is what is believed."""

    temper: Temper = field(default_factory=Temper)
    eyes: Eyes = field(default_factory=Eyes)
    passages_a_day: float = PASSAGES_A_DAY


def a_month(seed: int, days: int = 30, world: World | None = None) -> Month:
    """Return the month of a seed: always the same."""
    world = world or World()
    chance = Random(seed)
    land = _thinned(a_landscape(chance), world.eyes.share)
    starts = [
        BEGAN_AT + timedelta(days=day, hours=_start_h(chance))
        for day in range(days)
        for _ in range(_how_many(world.passages_a_day, chance))
    ]
    passages = tuple(
        a_passage(number, starts_at, land, chance, world.temper)
        for number, starts_at in enumerate(sorted(starts))
    )
    eyes, of_moving = world.eyes, Random(f"moving {seed}")
    aim = an_aim(len(land.cameras), eyes.entered, eyes.aim_off_deg, eyes.reversed_aim, of_moving)
    seen = glimpses(passages, land, BEGAN_AT, days, chance, eyes, aim, of_moving)
    return Month(land, passages, tuple(seen), aim.entered)


def _thinned(land: Landscape, share: float) -> Landscape:
    """Return a valley with a share of its cameras, spread as they were."""
    kept = {int(number / share) for number in range(round(share * len(land.cameras)))}
    return replace(
        land, cameras=tuple(c for number, c in enumerate(land.cameras) if number in kept)
    )


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
