"""Which sightings can be the same animals, walking; which of several herds they likely are."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from api.position import LocalPlane, Position, bearing_deg, distance_m

# The unhurried walk of 42 Asian elephants over 30 m (7.2 km/h; Hutchinson et al. 2003, Nature 422:
# 493-494). They can run at 6.8 m/s, but no herd keeps even a walk up for long: collared herds make
# 0.2 km in an hour while they feed, and stride for two or three hours of a day (Ngene et al. 2010).
WALKING_M_PER_S = 2.0
SPREAD_M = 500.0  # how far apart the animals of one herd feed
# Between pauses they stride, so the way made grows with the root of the time: so many metres in the
# first hour, six or seven kilometres in a day.
ROAMS_M = 1300.0
LEAST_ROAMED_M = 250.0
# What is how surprising, fitted on simulated months 0-59 (choices between herds, by likelihood):
# far for the time; after a time in which it can be anywhere; each hour unseen; another number of
# animals than before, in squares of roots; turning back, which is forgotten within hours.
FAR, ANYWHERE, UNSEEN_HOUR, OTHER_NUMBER, TURNED = 1.84, 0.53, 1.47, 3.72, 1.45
# Beyond this much surprise it is rather another herd, where so many a day are new: a site at which
# twice as many are needs less.
MOST_SURPRISE = 7.42
NEW_A_DAY = 0.6
HOUR = timedelta(hours=1)
OVER_AFTER = timedelta(hours=4)  # a herd that nobody saw for so long is not followed any more
LONGEST_PATH = 12
LONGEST_LEG = timedelta(hours=2)  # from camera to camera; who took longer went elsewhere between
ONE_STAY = timedelta(minutes=15)  # seen again at a camera within it, the herd has stayed there


@dataclass(frozen=True, slots=True)
class Stay:
    """A herd in front of one camera, from when to when, and the most animals seen at once."""

    position: Position
    since: datetime
    until: datetime
    count: int


Path = tuple[Stay, ...]  # in the order of `since`, the newest last


class Trace(Protocol):
    """Where and when a herd was seen, and how many at once."""

    path: Path


@dataclass(frozen=True, slots=True)
class Course:
    """Where a herd is going, and how fast from camera to camera, pauses and all."""

    heading_deg: float  # 0 north, 90 east
    speed_m_per_s: float


AnyTrace = TypeVar("AnyTrace", bound=Trace)


def with_sighting(path: Path, position: Position, seen_at: datetime, count: int) -> Path:
    """Return a path that goes through one more sighting, wherever in its time that falls.

    Again at the camera where it is already: it stays there. Only the newest stays are kept.
    """
    earlier = [stay for stay in path if stay.since <= seen_at]
    later = [stay for stay in path if stay.since > seen_at]
    here = Stay(position, seen_at, seen_at, count)
    if earlier and _has_stayed(earlier[-1], position, seen_at):
        last = earlier.pop()
        here = replace(last, until=max(last.until, seen_at), count=max(last.count, count))
    elif later and _has_stayed(later[0], position, seen_at):
        first = later.pop(0)
        here = replace(first, since=seen_at, count=max(first.count, count))
    return tuple([*earlier, here, *later][-LONGEST_PATH:])


def course_of(path: Path) -> Course | None:
    """Return where the herd goes, None while it was seen at one place only, or not for long."""
    if not path:
        return None
    last = path[-1]
    before = next((stay for stay in reversed(path) if stay.position != last.position), None)
    if before is None or not timedelta(0) < last.since - before.until <= LONGEST_LEG:
        return None
    plane = LocalPlane(before.position)
    east_m, north_m = plane.to_metres(last.position.longitude, last.position.latitude)
    speed = math.hypot(east_m, north_m) / (last.since - before.until).total_seconds()
    return Course(bearing_deg(east_m, north_m), min(speed, WALKING_M_PER_S))


def could_have_walked(one: Stay, position: Position, seen_at: datetime) -> bool:
    """Whether an elephant of the herd that stayed there can have been here at that time."""
    apart = _apart(one, seen_at)
    reach_m = SPREAD_M + WALKING_M_PER_S * apart.total_seconds()
    return apart <= OVER_AFTER and distance_m(one.position, position) <= reach_m


def fits(path: Path, position: Position, seen_at: datetime) -> bool:
    """Whether a herd on this path can have been here then, coming from and going on along it."""
    return all(could_have_walked(stay, position, seen_at) for stay in _neighbours(path, seen_at))


def surprise(trace: Trace, position: Position, seen_at: datetime, count: int) -> float:
    """Return how unlikely it is that this herd is here then; without a unit, 0 is likely.

    Far for the time that it had; after a time in which it can be anywhere; unseen for long; another
    number of animals than before other cameras; back to where it came from.
    """
    near = min(
        (_roaming(stay, position, seen_at) for stay in _neighbours(trace.path, seen_at)),
        default=math.inf,
    )
    if near == math.inf:
        return near
    usual = sum(stay.count for stay in trace.path) / len(trace.path)
    other = (math.sqrt(count) - math.sqrt(usual)) ** 2
    return near + OTHER_NUMBER * other + TURNED * _turned(trace.path, position, seen_at)


def most_surprise(new_a_day: float) -> float:
    """Return beyond how much surprise it is another herd, where so many a day are new."""
    return MOST_SURPRISE - math.log(new_a_day / NEW_A_DAY)


def likeliest_herd(
    traces: Iterable[AnyTrace],
    position: Position,
    seen_at: datetime,
    count: int,
    at_most: float = MOST_SURPRISE,
) -> AnyTrace | None:
    """Return the herd that these animals most likely are, None if they are rather another.

    Of two that are equally likely it is the first. `at_most` is the surprise that is borne.
    """
    able = [
        (surprise(trace, position, seen_at, count), trace)
        for trace in traces
        if fits(trace.path, position, seen_at)
    ]
    least, found = min(able, key=lambda each: each[0], default=(math.inf, None))
    return found if least <= at_most else None


def _roaming(stay: Stay, position: Position, seen_at: datetime) -> float:
    apart = _apart(stay, seen_at)
    scale_m = LEAST_ROAMED_M + ROAMS_M * math.sqrt(apart / HOUR)
    far = distance_m(stay.position, position) / scale_m
    anywhere = math.log(scale_m / ROAMS_M)
    return FAR * far * far / 2 + ANYWHERE * anywhere + UNSEEN_HOUR * (apart / HOUR)


def _turned(path: Path, position: Position, seen_at: datetime) -> float:
    """Return how much a herd that goes there turns: 0 not at all, 2 right round just now."""
    course, last = course_of(path), path[-1]
    if course is None or seen_at <= last.until or position == last.position:
        return 0.0
    plane = LocalPlane(last.position)
    towards = bearing_deg(*plane.to_metres(position.longitude, position.latitude))
    turn = math.radians(towards - course.heading_deg)
    return (1 - math.cos(turn)) * math.exp(-(_apart(last, seen_at) / HOUR))


def _neighbours(path: Path, moment: datetime) -> Sequence[Stay]:
    """Return the stays before and after a moment."""
    after = next((n for n, stay in enumerate(path) if stay.since > moment), len(path))
    return path[max(0, after - 1) : after + 1]


def _apart(stay: Stay, moment: datetime) -> timedelta:
    if moment > stay.until:
        return moment - stay.until
    return max(stay.since - moment, timedelta(0))


def _has_stayed(stay: Stay, position: Position, seen_at: datetime) -> bool:
    return stay.position == position and _apart(stay, seen_at) <= ONE_STAY
