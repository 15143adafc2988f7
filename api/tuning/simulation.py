"""Simulated cameras of which the truth is known: they put the recommendations to the test.

What is assumed is said here, and nothing else is. Elephants are rare, score lower at night and at
some cameras, and stand anywhere in the lower two thirds of the view. False alarms come from two
sources: passing things with low scores, of which a few cameras have many; and at some cameras a
thing that stays (a stump, a web), scores nearly the same each time, and comes in bursts on windy
nights. An elephant whose best look falls into a mask counts as missed.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.tuning.bounds import beta_share
from api.tuning.masks import Zone, spots, without
from api.tuning.rules import Evidence, Passage, Promise, recommend
from api.tuning.sharing import Sharing

Foot = tuple[float, float]

REVIEWED = 0.8  # of what was told
SAMPLED = 0.1  # of what was not
TOLD_FROM = 0.4
_HORIZON = 0.35
_MOST_TRIES = 50


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores as a beta distribution, by its mean and how narrow it is."""

    mean: float
    narrow: float

    def draw(self, chance: random.Random) -> float:
        """Return one score."""
        return chance.betavariate(self.mean * self.narrow, (1 - self.mean) * self.narrow)

    def above(self, threshold: float) -> float:
        """Return which share of them reach a threshold."""
        return 1 - beta_share(self.mean * self.narrow, (1 - self.mean) * self.narrow, threshold)


@dataclass(frozen=True, slots=True)
class Place:
    """Where feet stand: scattered about one point, or anywhere in the lower part of the view."""

    point: Foot | None = None
    scatter: float = 0.012

    def draw(self, chance: random.Random) -> Foot:
        """Return where one stands."""
        if self.point is None:
            return chance.random(), chance.uniform(_HORIZON, 1)
        x, y = self.point
        return chance.gauss(x, self.scatter), chance.gauss(y, self.scatter)

    def inside(self, zone: Zone) -> float:
        """Return which share of them stands in a zone."""
        if self.point is None:
            height = max(zone.bottom - max(zone.top, _HORIZON), 0.0) / (1 - _HORIZON)
            return (zone.right - zone.left) * height
        x, y = self.point
        return self._between(zone.left, zone.right, x) * self._between(zone.top, zone.bottom, y)

    def _between(self, low: float, high: float, middle: float) -> float:
        wide = self.scatter * math.sqrt(2)
        return (math.erf((high - middle) / wide) - math.erf((low - middle) / wide)) / 2


@dataclass(frozen=True, slots=True)
class Source:
    """Something that comes before a camera `per_day` times, all on a share of the days."""

    scores: Scores
    per_day: float
    on_days: float = 1.0
    place: Place = Place()

    def passages(self, days: int, chance: random.Random) -> list[tuple[int, float, Foot]]:
        """Return the day, the score and the place of each that came."""
        on = [day for day in range(days) if chance.random() < self.on_days]
        many = self.per_day / self.on_days
        came = [day for day in on for _ in range(_poisson(many, chance))]
        return [(day, self.scores.draw(chance), self.place.draw(chance)) for day in came]

    def told_per_day(self, threshold: float, masks: Sequence[Zone] = ()) -> float:
        """Return the truth: how many a day reach a threshold and stand in no mask."""
        hidden = min(sum(self.place.inside(zone) for zone in masks), 1.0)
        return self.per_day * self.scores.above(threshold) * (1 - hidden)


@dataclass(frozen=True, slots=True)
class Camera:
    """A simulated camera in one light."""

    elephants: Source
    others: tuple[Source, ...]
    is_night: bool

    def false_per_day(self, threshold: float, masks: Sequence[Zone] = ()) -> float:
        """Return the truth: how many false alarms a day there are."""
        return sum(each.told_per_day(threshold, masks) for each in self.others)

    def watched(self, days: int, chance: random.Random) -> Evidence:
        """Watch for so many days as a station does, and review as people do."""
        passages: list[Passage] = []
        for source, is_elephant in ((self.elephants, True), *((o, False) for o in self.others)):
            for day, score, foot in source.passages(days, chance):
                if score >= TOLD_FROM:
                    label = is_elephant if chance.random() < REVIEWED else None
                    passages.append(Passage(score, label, day, foot=foot))
                elif chance.random() < SAMPLED:
                    passages.append(Passage(score, is_elephant, day, 1 / SAMPLED, foot))
        return Evidence(tuple(passages), float(days), TOLD_FROM, 1 / SAMPLED)


def a_camera(chance: random.Random, *, is_night: bool) -> Camera:
    """Draw a camera."""
    mean = chance.gauss(0.58 if is_night else 0.8, 0.08)
    elephants = Source(Scores(_inside(mean), 9), 0.05 + chance.expovariate(1 / 0.15))
    busy = chance.lognormvariate(-0.5, 1.1) * (1.5 if is_night else 0.7)
    others = [Source(Scores(_inside(chance.gauss(0.16, 0.03)), 12), busy)]
    if chance.random() < (0.35 if is_night else 0.1):
        scores = Scores(_inside(chance.gauss(0.5, 0.08)), 80)
        place = Place((chance.uniform(0.1, 0.9), chance.uniform(_HORIZON + 0.05, 0.95)))
        others.append(Source(scores, chance.uniform(0.1, 0.8), on_days=0.3, place=place))
    return Camera(elephants, tuple(others), is_night)


def a_site(chance: random.Random, cameras: int) -> list[Camera]:
    """Draw the cameras of a site, each by day and by night."""
    return [a_camera(chance, is_night=night) for _ in range(cameras) for night in (False, True)]


@dataclass(frozen=True, slots=True)
class Kept:
    """How often the recommended threshold kept its promise, of so many recommendations."""

    cameras: int
    recommended: int
    broken: int

    @property
    def share(self) -> float:
        """The share of recommendations that were true."""
        return 1 - self.broken / self.recommended if self.recommended else 1.0


@dataclass(frozen=True, slots=True)
class Contest:
    """Each camera its own threshold against one for all, at the same true event recall."""

    recall: float
    false_per_day: float
    false_per_day_with_one: float

    @property
    def fewer(self) -> float:
        """By which share false alarms fall."""
        return 1 - self.false_per_day / self.false_per_day_with_one


def promises_kept(runs: int, days: int, promise: Promise, seed: int) -> Kept:
    """Recommend for cameras drawn at random until so many recommendations were made."""
    chance = random.Random(seed)
    cameras = recommended = broken = 0
    while recommended < runs and cameras < _MOST_TRIES * runs:
        cameras += 1
        camera = a_camera(chance, is_night=cameras % 2 == 0)
        found = recommend(camera.watched(days, chance), promise).threshold
        if found is not None:
            recommended += 1
            broken += camera.false_per_day(found) > promise.per_day
    return Kept(cameras, recommended, broken)


def contest(
    cameras: int, days: int, seed: int, *, masked: bool = True, one: float = TOLD_FROM
) -> Contest:
    """Share out a site's thresholds for the recall that `one` for all has there; with masks too."""
    chance = random.Random(seed)
    site = a_site(chance, cameras)
    seen = [camera.watched(days, chance) for camera in site]
    masks = [
        [spot.zone for spot in spots(evidence.passages, TOLD_FROM)] if masked else []
        for evidence in seen
    ]
    plain = Sharing(dict(enumerate(seen)), lambda n: site[n].is_night)
    left = {
        n: replace(evidence, passages=without(evidence.passages, masks[n]))
        for n, evidence in enumerate(seen)
    }
    sharing = Sharing(left, lambda n: site[n].is_night)
    wanted = plain.expected(dict.fromkeys(range(len(site)), one)).recall
    shared = sharing.at_recall(wanted)
    came = sum(camera.elephants.per_day for camera in site)
    caught = sum(c.elephants.told_per_day(shared[n], masks[n]) for n, c in enumerate(site))
    with_one = _one_for(site, caught)
    return Contest(
        recall=caught / came,
        false_per_day=sum(c.false_per_day(shared[n], masks[n]) for n, c in enumerate(site)),
        false_per_day_with_one=sum(camera.false_per_day(with_one) for camera in site),
    )


def _one_for(site: Sequence[Camera], caught: float) -> float:
    """Return the one threshold that truly catches as many."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if sum(camera.elephants.told_per_day(middle) for camera in site) >= caught:
            low = middle
        else:
            high = middle
    return low


def _inside(mean: float) -> float:
    return min(max(mean, 0.05), 0.95)


def _poisson(mean: float, chance: random.Random) -> int:
    """Count how many steps of exponential length fit into one."""
    count, at = 0, chance.expovariate(1.0)
    while at < mean:
        count += 1
        at += chance.expovariate(1.0)
    return count
