"""How surprising it is that animals are a herd that is known. Pure; asked often, so in numbers.

The weights were fitted by likelihood (choices between herds) on simulated months 0-107: half of
them as is believed, half of worlds in which herds are slower or faster and cameras fewer, blinder,
or wrong about numbers and times (`api/bench/month/worlds.py`).
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from api.herds.numbers import Sizes, other_number, sizes
from api.position import LocalPlane, Position

# The unhurried walk of 42 Asian elephants over 30 m (7.2 km/h; Hutchinson et al. 2003, Nature 422:
# 493-494). They can run at 6.8 m/s, but no herd keeps even a walk up for long: collared herds make
# 0.2 km in an hour while they feed, and stride for two or three hours of a day (Ngene et al. 2010).
WALKING_M_PER_S = 2.0
SPREAD_M = 500.0  # how far apart the animals of one herd feed
JOINS_WITHIN = timedelta(hours=6)  # a herd that nobody saw for so long is another when it comes
LONGEST_LEG = timedelta(hours=2)  # from camera to camera; who took longer went elsewhere between
# Between pauses they stride, so the way made grows with the root of the time: so many metres in the
# first hour, six or seven kilometres in a day.
ROAMS_M = 1300.0
LEAST_ROAMED_M = 250.0
# What is how surprising: far for the time; after a time in which it can be anywhere; each hour
# unseen; slower or faster than herds usually get on; turning back, which is forgotten within hours;
# another number of animals; going elsewhere in the picture, which is forgotten within hours, too.
FAR, ANYWHERE, UNSEEN_HOUR, PACE, TURNED, OTHER_NUMBER = 1.84, 1.72, 1.03, 0.92, 1.55, 1.44
WENT = 1.43
USUAL_M_PER_HOUR, A_STEP_M, A_MOMENT_H, MOST_PACE = 1800.0, 100.0, 0.05, 2.0
BEFORE = 4  # of the last stays, the one that lasted longest is where the herd was
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_JOINS_WITHIN_H, _LONGEST_LEG_H = JOINS_WITHIN / _HOUR, LONGEST_LEG / _HOUR


class Look(NamedTuple):
    """Animals before one camera: where (metres in a plane), from when to when (hours), how many."""

    east_m: float
    north_m: float
    since_h: float
    until_h: float
    sizes: Sizes
    goes_east: float = 0.0  # where they go in the picture, of length one; of none if nobody saw it
    goes_north: float = 0.0


def look(
    plane: LocalPlane,
    position: Position,
    since: datetime,
    until: datetime,
    count: int,
    looks: int = 0,
    animals: int = 0,
    heading_deg: float | None = None,
) -> Look:
    """Return what was seen as the numbers that are compared.

    `count` is the most seen at once, `animals` how many in all of so many `looks`, if known;
    `heading_deg` where they go, if known: 0 north, 90 east.
    """
    east_m, north_m = plane.to_metres(position.longitude, position.latitude)
    since_h, until_h = (since - _EPOCH) / _HOUR, (until - _EPOCH) / _HOUR
    number = sizes(looks, animals, count)
    if heading_deg is None:
        return Look(east_m, north_m, since_h, until_h, number)
    course = math.radians(heading_deg)
    return Look(east_m, north_m, since_h, until_h, number, math.sin(course), math.cos(course))


def surprise(way: Sequence[Look], new: Look) -> float:
    """Return how unlikely it is that the herd of this way is what was seen; without a unit.

    `way` is in the order of `since_h`. Infinite if it cannot be: too far to walk, from before or to
    after, or unseen for too long.
    """
    place = len(way)
    while place and way[place - 1].since_h > new.since_h:
        place -= 1
    before = max(way[max(0, place - BEFORE) : place], key=_until, default=None)
    after = way[place] if place < len(way) else None
    near = math.inf
    for one in (before, after):
        if one is not None:
            roamed = roaming(one, new)
            if roamed == math.inf:
                return math.inf
            near = min(near, roamed)
    otherwise = other_number([one.sizes for one in way], new.sizes)
    if before is None or after is not None:
        return near + OTHER_NUMBER * otherwise
    turned, went = _turned(way, before, new), _went(before, new)
    return near + TURNED * turned + OTHER_NUMBER * otherwise - WENT * went


def _until(one: Look) -> float:
    return one.until_h


def roaming(one: Look, new: Look) -> float:
    """Return the part of the surprise that lies between two looks alone, whichever came first.

    Infinite if nobody walks so far in the time, or was unseen for so long.
    """
    apart_h = max(new.since_h - one.until_h, one.since_h - new.until_h, 0.0)
    far_m = math.hypot(new.east_m - one.east_m, new.north_m - one.north_m)
    if apart_h > _JOINS_WITHIN_H or far_m > SPREAD_M + 3600 * WALKING_M_PER_S * apart_h:
        return math.inf
    scale_m = LEAST_ROAMED_M + ROAMS_M * math.sqrt(apart_h)
    far = far_m / scale_m
    pace = abs(math.log((far_m + A_STEP_M) / (USUAL_M_PER_HOUR * (apart_h + A_MOMENT_H))))
    return (
        FAR * far * far / 2
        + ANYWHERE * math.log(scale_m / ROAMS_M)
        + UNSEEN_HOUR * apart_h
        + PACE * min(pace, MOST_PACE)
    )


def farthest_m(at_most: float) -> float:
    """Return beyond how many metres `roaming` is more than this, whatever the times are."""
    widest_m = LEAST_ROAMED_M + ROAMS_M * math.sqrt(_JOINS_WITHIN_H)
    left = at_most - ANYWHERE * math.log(LEAST_ROAMED_M / ROAMS_M)  # the least of all else
    return widest_m * math.sqrt(max(2 * left / FAR, 0.0))


def _turned(way: Sequence[Look], last: Look, new: Look) -> float:
    """Return how much a herd that goes there turns: 0 not at all, 2 right round just now."""
    here = last.east_m, last.north_m
    before = next((one for one in reversed(way) if (one.east_m, one.north_m) != here), None)
    east_m, north_m = new.east_m - here[0], new.north_m - here[1]
    if before is None or not 0 < last.since_h - before.until_h < _LONGEST_LEG_H:
        return 0.0
    came_east_m, came_north_m = here[0] - before.east_m, here[1] - before.north_m
    both = math.hypot(east_m, north_m) * math.hypot(came_east_m, came_north_m)
    if both == 0:
        return 0.0
    straight = (east_m * came_east_m + north_m * came_north_m) / both
    return (1 - straight) * math.exp(-max(new.since_h - last.until_h, 0.0))


def _went(last: Look, new: Look) -> float:
    """Return how much both looks show a herd that goes there: 2 just so, -2 the other way."""
    east, north = last.goes_east + new.goes_east, last.goes_north + new.goes_north
    if east == north == 0:
        return 0.0
    east_m, north_m = new.east_m - last.east_m, new.north_m - last.north_m
    far_m = math.hypot(east_m, north_m)
    if far_m == 0:
        return 0.0
    there = (east * east_m + north * north_m) / far_m
    return there * math.exp(-max(new.since_h - last.until_h, 0.0))
