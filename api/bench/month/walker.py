"""Elephants that walk as tracked ones do, and that know nothing of the rules that judge them.

A correlated random walk, drawn from place to place mostly along trails: striding, feeding, resting.
Tracked herds stride between night and day feeding grounds and hardly move for hours in between
(Ngene et al. 2010, Marsabit); by night they go faster, to water and crops faster still. Speeds and
pauses differ from herd to herd and from hour to hour, and have no largest value.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import pairwise
from random import Random

from api.bench.month.landscape import HEIGHT_M, WIDTH_M, Landscape, Spot, an_edge

STEP = timedelta(seconds=30)
LONGEST = timedelta(hours=8)
FARTHEST_GOAL_M = 4500.0
ARRIVED_M = 60.0
TRAIL_POINT_M = 250.0
OUTSIDE_M = 200.0
DAWN_H, DUSK_H = 6, 17


@dataclass(frozen=True, slots=True)
class Temper:
    """What a walk is like. The default is what is believed; others ask how much hangs on that."""

    striding_m_per_s: float = 0.75
    feeding_m_per_s: float = 0.12
    feeding_min: float = 18.0  # median
    resting_min: float = 12.0
    raids: float = 0.45  # how often a goal is a village's fields, by night
    off_trail: float = 0.15

    def at_pace(self, pace: float) -> "Temper":
        """Return herds that walk so many times as fast."""
        return replace(self, striding_m_per_s=pace * self.striding_m_per_s)


@dataclass(frozen=True, slots=True)
class Step:
    """Where the middle of a herd is at a moment."""

    at: datetime
    spot: Spot


@dataclass(frozen=True, slots=True)
class Passage:
    """One herd from when it comes into the valley until it leaves it."""

    number: int
    size: int
    steps: tuple[Step, ...]


def a_passage(
    number: int, starts_at: datetime, land: Landscape, chance: Random, temper: Temper
) -> Passage:
    """Let one herd walk through the valley."""
    size = 1 if chance.random() < 0.3 else min(2 + int(chance.expovariate(1 / 5)), 25)
    return Passage(number, size, tuple(_Walk(starts_at, land, chance, temper).steps()))


class _Walk:
    def __init__(self, at: datetime, land: Landscape, chance: Random, temper: Temper) -> None:
        self._at = at
        self._ends_at = at + LONGEST
        self._land, self._chance, self._temper = land, chance, temper
        self._spot = an_edge(chance)
        self._heading = chance.uniform(0, 2 * math.pi)
        self._pace = temper.striding_m_per_s * math.exp(chance.gauss(0, 0.25))

    def steps(self) -> Iterator[Step]:
        """Go from goal to goal, then leave; pause where it pleases."""
        for _ in range(self._chance.randint(1, 2)):
            goal = self._goal()
            for target in self._way_to(goal):
                yield from self._stride_to(target)
            yield from self._pause()
            if self._at >= self._ends_at:
                break
        yield from self._stride_to(self._way_out())

    @property
    def _is_night(self) -> bool:
        local_h = (self._at.hour + 7) % 24  # Xishuangbanna's sun, not Beijing's clock
        return local_h >= DUSK_H or local_h < DAWN_H

    def _goal(self) -> Spot:
        villages = [each for each in self._land.villages if self._is_near(each.middle)]
        if villages and self._is_night and self._chance.random() < self._temper.raids:
            village = self._chance.choice(villages)
            return (
                village.middle[0] + self._chance.uniform(-0.9, 0.9) * village.half_east_m,
                village.middle[1] + self._chance.uniform(-0.9, 0.9) * village.half_north_m,
            )
        return self._chance.choice([each for each in self._land.places if self._is_near(each)])

    def _is_near(self, spot: Spot) -> bool:
        return math.dist(spot, self._spot) <= FARTHEST_GOAL_M

    def _way_to(self, goal: Spot) -> list[Spot]:
        """Return the places on the way: along trails, or straight through the forest."""
        if self._chance.random() < self._temper.off_trail:
            return [goal]
        start, end = self._nearest_place(self._spot), self._nearest_place(goal)
        return [*_worn(_along_trails(self._land, start, end)), goal]

    def _nearest_place(self, spot: Spot) -> int:
        places = self._land.places
        return min(range(len(places)), key=lambda number: math.dist(places[number], spot))

    def _way_out(self) -> Spot:
        east, north = self._spot
        sides = {
            WIDTH_M / 2 - east: (WIDTH_M / 2 + OUTSIDE_M, north),
            WIDTH_M / 2 + east: (-WIDTH_M / 2 - OUTSIDE_M, north),
            HEIGHT_M / 2 - north: (east, HEIGHT_M / 2 + OUTSIDE_M),
            HEIGHT_M / 2 + north: (east, -HEIGHT_M / 2 - OUTSIDE_M),
        }
        return sides[min(sides)]

    def _stride_to(self, target: Spot) -> Iterator[Step]:
        mood = math.exp(self._chance.gauss(0, 0.3)) * (1.0 if self._is_night else 0.7)
        while math.dist(self._spot, target) > ARRIVED_M and self._at < self._ends_at:
            wanted = math.atan2(target[1] - self._spot[1], target[0] - self._spot[0])
            turn = (wanted - self._heading + math.pi) % (2 * math.pi) - math.pi
            near = math.dist(self._spot, target) < 300  # one looks where one goes
            self._heading += (0.8 if near else 0.25) * turn + self._chance.gauss(0, 0.35)
            speed = self._pace * mood * self._chance.gammavariate(4, 0.25)
            yield self._step(speed)
            if self._chance.random() < 1 / 120:  # every hour of walking: something to eat
                yield from self._pause()

    def _pause(self) -> Iterator[Step]:
        feeds = self._chance.random() < 0.7
        median = self._temper.feeding_min if feeds else self._temper.resting_min
        lasts = timedelta(minutes=median * math.exp(self._chance.gauss(0, 0.7)))
        ends_at = min(self._at + lasts, self._ends_at)
        speed = self._temper.feeding_m_per_s if feeds else 0.01
        while self._at < ends_at:
            self._heading += self._chance.gauss(0, 0.9)
            yield self._step(speed * self._chance.gammavariate(2, 0.5))

    def _step(self, speed_m_per_s: float) -> Step:
        length = speed_m_per_s * STEP.total_seconds()
        self._spot = (
            self._spot[0] + length * math.cos(self._heading),
            self._spot[1] + length * math.sin(self._heading),
        )
        self._at += STEP
        return Step(self._at, self._spot)


def _worn(way: list[Spot]) -> list[Spot]:
    """Return points close together along a trail: feet have kept to it for generations."""
    points = way[:1]
    for one, other in pairwise(way):
        count = max(1, round(math.dist(one, other) / TRAIL_POINT_M))
        points += [
            (
                one[0] + (other[0] - one[0]) * step / count,
                one[1] + (other[1] - one[1]) * step / count,
            )
            for step in range(1, count + 1)
        ]
    return points


def _along_trails(land: Landscape, start: int, end: int) -> list[Spot]:
    """Return the shortest way from place to place (Dijkstra); nothing if no trail leads there."""
    waiting: list[tuple[float, int, list[int]]] = [(0.0, start, [start])]
    done: set[int] = set()
    while waiting:
        length, here, way = heappop(waiting)
        if here == end:
            return [land.places[number] for number in way]
        if here in done:
            continue
        done.add(here)
        for there in land.trails[here] - done:
            step = math.dist(land.places[here], land.places[there])
            heappush(waiting, (length + step, there, [*way, there]))
    return []
