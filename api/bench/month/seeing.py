"""What cameras make of a month: they miss, they fail, they see some of a herd, and bushes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from api.bench.month.glimpse import Glimpse
from api.bench.month.landscape import Landscape
from api.bench.month.moving import Aim, with_moving
from api.bench.month.walker import Passage, Step

REACH_M = 70.0  # from a camera on a trail to the middle of a small herd that it can see
SPREAD_M_PER_ROOT = 18.0  # a large herd passes on a broader front
LATE = 0.05
LATEST_S = 1500.0


@dataclass(frozen=True, slots=True)
class Eyes:
    """How well cameras see. The default is what is believed; others ask how much hangs on that."""

    share: float = 1.0  # of the cameras there are
    sees: float = 0.35  # of its chances, every half minute
    shows: float = 0.6  # of the animals stand in the picture
    miscounts: float = 0.0  # spread of the logarithm by which the network counts wrong
    clock_off_s: float = 0.0  # spread of the cameras' clocks
    dead: float = 0.05  # of the nights of a camera: no battery, a leaf before the lens
    phantoms_a_night: float = 0.3  # of the whole valley: what no herd has caused
    again_after: timedelta = timedelta(minutes=1)  # a camera rests between two pictures
    followed_s: float = 6.0  # an animal, on average: then a tree is before it, or another
    entered: float = 0.8  # of the cameras operators have said where they look
    aim_off_deg: float = 15.0  # as wrong as a phone's compass near steel (spread)
    reversed_aim: float = 0.03  # of what was entered was read the wrong way round


def glimpses(
    passages: Sequence[Passage],
    land: Landscape,
    began_at: datetime,
    days: int,
    chance: Random,
    eyes: Eyes,
    aim: Aim,
    chance_of_moving: Random,
) -> list[Glimpse]:
    """Return all pictures of a month, in the order in which the server hears of them.

    Who goes where in them has a chance of its own: all else is as it was before anybody asked.
    """
    dead = {
        (camera, day)
        for camera in range(len(land.cameras))
        for day in range(-1, days + 2)
        if chance.random() < eyes.dead
    }
    found = [
        glimpse
        for passage in passages
        for glimpse in _of(passage, land, chance, eyes)
        if (glimpse.camera, (glimpse.at - began_at).days) not in dead
    ]
    found += _phantoms(land, began_at, days, chance, eyes)
    found = with_moving(found, passages, aim, eyes.followed_s, chance_of_moving)
    found = _erring(found, land, chance, eyes)
    return sorted(found, key=lambda glimpse: (glimpse.arrives_at, glimpse.camera))


def _of(passage: Passage, land: Landscape, chance: Random, eyes: Eyes) -> Iterator[Glimpse]:
    reach_m = REACH_M + SPREAD_M_PER_ROOT * math.sqrt(passage.size)
    rests_until: dict[int, datetime] = {}
    for step in passage.steps:
        for camera in _near(step, land, reach_m):
            if chance.random() >= eyes.sees or step.at < rests_until.get(camera, step.at):
                continue
            rests_until[camera] = step.at + eyes.again_after
            count = max(1, sum(chance.random() < eyes.shows for _ in range(passage.size)))
            yield _glimpse(camera, step.at, count, passage.number, chance)


def _near(step: Step, land: Landscape, reach_m: float) -> list[int]:
    east, north = step.spot
    return [
        number
        for number, (x, y) in enumerate(land.cameras)
        if abs(x - east) < reach_m
        and abs(y - north) < reach_m
        and math.dist((x, y), step.spot) < reach_m
    ]


def _phantoms(
    land: Landscape, began_at: datetime, days: int, chance: Random, eyes: Eyes
) -> Iterator[Glimpse]:
    for _ in range(round(eyes.phantoms_a_night * days)):
        at = began_at + timedelta(days=chance.uniform(0, days))
        camera = chance.randrange(len(land.cameras))
        yield _glimpse(camera, at, 1, None, chance)


def _glimpse(camera: int, at: datetime, count: int, passage: int | None, chance: Random) -> Glimpse:
    delay_s = chance.uniform(60, LATEST_S) if chance.random() < LATE else chance.uniform(2, 15)
    confidence = chance.uniform(0.4, 0.7) if passage is None else chance.betavariate(8, 2.5)
    arrives_at = at + timedelta(seconds=delay_s)
    return Glimpse(camera, at, arrives_at, count, max(0.4, confidence), passage)


def _erring(glimpses: list[Glimpse], land: Landscape, chance: Random, eyes: Eyes) -> list[Glimpse]:
    """Return them as told by networks that count wrong and by clocks that are wrong."""
    if not eyes.miscounts and not eyes.clock_off_s:
        return glimpses
    off = [timedelta(seconds=chance.gauss(0, eyes.clock_off_s)) for _ in land.cameras]
    return [
        replace(
            glimpse,
            at=min(glimpse.at + off[glimpse.camera], glimpse.arrives_at),
            count=max(1, round(glimpse.count * math.exp(chance.gauss(0, eyes.miscounts)))),
        )
        for glimpse in glimpses
    ]
