"""Where a herd can be soon, and when it may come to a place. Pure; the figures are experience.

The tables below are what herds do in the simulated month (`trunkline-server bench-month --fit`),
fitted on some months and judged on others. Where real herds are known better, fit them anew.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import pairwise
from typing import Any

from shapely import MultiPoint
from shapely.geometry.polygon import orient

from api.herds.measure import LONGEST_LEG
from api.herds.rules import OVER_AFTER, Course, Path
from api.position import LocalPlane, Position, distance_m

AHEAD = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))
SHARE = 0.8  # of all herds are within the area, and within the time from earliest to latest

# Within how many metres 80 % of the herds are that were last seen so many minutes ago.
REACH_MIN = (0, 5, 15, 30, 60, 90, 120, 240)
REACH_M = (95, 210, 600, 1150, 2000, 2650, 3100, 4350)
# The area of a herd whose course is known, as shares of that: round where it was seen, and rounder
# ahead of there. It is a third smaller than without a course.
NEAR_SHARE, AHEAD_SHARE, FAR_SHARE = 0.6, 0.4, 0.8
CORNERS = 32  # of each circle
_TURNS = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
_ROUND = [(math.cos(turn), math.sin(turn)) for turn in _TURNS]
# Round both circles, as RFC 7946 goes round. However far a herd can be, its area has this shape.
_GOING_NORTH = list(
    orient(
        MultiPoint(
            [
                (share * x, ahead + share * y)
                for x, y in _ROUND
                for ahead, share in ((0.0, NEAR_SHARE), (AHEAD_SHARE, FAR_SHARE))
            ]
        ).convex_hull
    ).exterior.coords
)[:-1]

# So many minutes after a sighting so far from a place's edge they come there, if they come.
FAR_M = (0, 125, 475, 1100, 2250, 4500)
EARLIEST_MIN = (0.5, 2.2, 9.0, 25.0, 57.0, 115.0)
LIKELY_MIN = (2.0, 6.5, 23.0, 51.0, 110.0, 180.0)
LATEST_MIN = (13.0, 33.0, 70.0, 122.0, 192.0, 235.0)
FARTHEST_M = 5000.0
_OVER_AFTER_MIN = OVER_AFTER / timedelta(minutes=1)
# The herds of those tables go so fast from camera to camera (geometric mean, pauses and all). What
# a site's own herds do weighs as much once so many legs of theirs are known.
USUAL_M_PER_S, USUAL_LEGS = 0.58, 6
PACES = (0.33, 3.0)  # nobody believes more


class Bearing(IntEnum):
    """How a place lies to the course of a herd."""

    AHEAD = 0  # within 30 degrees
    ASLANT = 1  # within 60
    ASIDE = 2  # within 100
    BEHIND = 3
    UNKNOWN = 4  # the herd was seen at one place only


_WITHIN_DEG = ((30.0, Bearing.AHEAD), (60.0, Bearing.ASLANT), (100.0, Bearing.ASIDE))
# Out of a hundred herds so far from a place's edge, so many come there.
CHANCES: dict[Bearing, tuple[float, ...]] = {
    Bearing.AHEAD: (75, 68, 62, 43, 16, 1),
    Bearing.ASLANT: (70, 65, 51, 37, 12, 1),
    Bearing.ASIDE: (60, 56, 44, 23, 6, 1),
    Bearing.BEHIND: (45, 40, 30, 10, 3, 1),
    Bearing.UNKNOWN: (49, 45, 39, 23, 19, 3),
}
COMES_FROM = 0.15  # a chance that is worth a look out


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """An area (GeoJSON Polygon) in which the herd is at a moment, with 80 %."""

    after: timedelta
    at: datetime
    area: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a herd comes to a place, if it does: with 80 % between the earliest and the latest."""

    chance: float
    earliest_at: datetime
    likely_at: datetime
    latest_at: datetime


def whereabouts(
    position: Position,
    seen_at: datetime,
    course: Course | None,
    now: datetime,
    pace: float = 1.0,
    *,
    blur_m: float = 0.0,
) -> list[Whereabouts]:
    """Return where a herd can be in 15, 30 and 60 minutes from now; nothing once it is over.

    `pace` is how many times as fast as usual the herds of the site walk: they are as far as others
    are after so much longer. `blur_m` is how far off the position may be, on purpose.
    """
    return [
        Whereabouts(
            after, now + after, _area(position, course, pace * (now + after - seen_at), blur_m)
        )
        for after in AHEAD
        if now - seen_at <= OVER_AFTER
    ]


def chance_of(distance_m: float, towards_deg: float, course: Course | None) -> float:
    """Return how likely a herd comes to a place so far away, `towards_deg` seen from the herd."""
    if distance_m > FARTHEST_M:
        return 0.0
    return _between(FAR_M, CHANCES[bearing_of(towards_deg, course)], distance_m) / 100


def arrival(
    distance_m: float,
    towards_deg: float,
    course: Course | None,
    seen_at: datetime,
    now: datetime,
    pace: float = 1.0,
) -> Arrival | None:
    """Return when a herd may come to a place; None if it is there, hardly comes, or would have.

    Args:
        distance_m: from where the herd was seen to the place's edge.
        towards_deg: the direction of that edge, seen from the herd.
        course: where the herd goes, if that is known.
        seen_at: when it was seen there last.
        now: nothing is foretold for before.
        pace: how many times as fast as usual the herds of the site walk.
    """
    chance = chance_of(distance_m, towards_deg, course)
    if distance_m <= 0 or chance < COMES_FROM:
        return None
    knot = _knot(FAR_M, distance_m)
    latest = _after(seen_at, _at(LATEST_MIN, knot) / pace)
    if now > latest:
        return None
    earliest = _after(seen_at, _at(EARLIEST_MIN, knot) / pace)
    likely = _after(seen_at, _at(LIKELY_MIN, knot) / pace)
    return Arrival(chance, max(earliest, now), max(likely, now), latest)


def _after(seen_at: datetime, minutes: float) -> datetime:
    return seen_at + (timedelta(minutes=minutes) if minutes < _OVER_AFTER_MIN else OVER_AFTER)


def pace_of(paths: Iterable[Path]) -> float:
    """Return how many times as fast as usual herds on these paths go from camera to camera."""
    legs = [
        (distance_m(one.position, other.position), other.since - one.until)
        for path in paths
        for one, other in pairwise(path)
        if one.position != other.position
    ]
    faster = sum(
        math.log(far_m / took.total_seconds() / USUAL_M_PER_S)
        for far_m, took in legs
        if far_m > 0 and timedelta(0) < took <= LONGEST_LEG
    )
    known = sum(far_m > 0 and timedelta(0) < took <= LONGEST_LEG for far_m, took in legs)
    slowest, fastest = PACES
    return min(max(math.exp(faster / (USUAL_LEGS + known)), slowest), fastest)


def bearing_of(towards_deg: float, course: Course | None) -> Bearing:
    """Return how a place in that direction lies to a course."""
    if course is None:
        return Bearing.UNKNOWN
    off_deg = abs((towards_deg - course.heading_deg + 180) % 360 - 180)
    return next((name for within, name in _WITHIN_DEG if off_deg <= within), Bearing.BEHIND)


def _area(
    position: Position, course: Course | None, since_seen: timedelta, blur_m: float
) -> dict[str, Any]:
    reach_m = _between(REACH_MIN, REACH_M, since_seen / timedelta(minutes=1)) + blur_m
    east, north = LocalPlane(position).metres_per_degree
    ahead = math.radians(0.0 if course is None else course.heading_deg)
    along, across = reach_m * math.cos(ahead), reach_m * math.sin(ahead)
    corners = [
        [
            round(position.longitude + (x * along + y * across) / east, 6),
            round(position.latitude + (y * along - x * across) / north, 6),
        ]
        for x, y in (_ROUND if course is None else _GOING_NORTH)
    ]
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def _between(knots: Sequence[float], values: Sequence[float], at: float) -> float:
    """Return what lies between the values of a table; beyond its ends, the last."""
    return _at(values, _knot(knots, at))


def _knot(knots: Sequence[float], at: float) -> tuple[int, float]:
    """Return after which knot of a table something lies, and which share of the way to the next."""
    before = min(max(bisect_right(knots, at) - 1, 0), len(knots) - 2)
    share = (at - knots[before]) / (knots[before + 1] - knots[before])
    return before, min(max(share, 0.0), 1.0)


def _at(values: Sequence[float], knot: tuple[int, float]) -> float:
    before, share = knot
    return values[before] + share * (values[before + 1] - values[before])
