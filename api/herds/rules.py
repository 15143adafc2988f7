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
UNSEEN_FOR = timedelta(minutes=90)  # a herd among cameras is rarely unseen for longer
# How surprising it is to see many times more animals than ever before. Fewer say less: cameras show
# a part of a herd.
MORE_THAN_KNOWN, FEWER_THAN_KNOWN = 3.0, 1.0
# Beyond this much surprise it is rather another herd: cutting one in two rings twice, which is the
# lesser evil; taking two for one may leave the second unheard.
MOST_SURPRISE = 4.5
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
    """Where and when a herd was seen, and how many it is."""

    path: Path
    count: int


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
    number of animals.
    """
    near = min(
        (_roaming(stay, position, seen_at) for stay in _neighbours(trace.path, seen_at)),
        default=math.inf,
    )
    more = math.log((1 + count) / (1 + trace.count))
    return near + (MORE_THAN_KNOWN * more if more > 0 else -FEWER_THAN_KNOWN * more)


def likeliest_herd(
    traces: Iterable[AnyTrace], position: Position, seen_at: datetime, count: int
) -> AnyTrace | None:
    """Return the herd that these animals most likely are, None if they are rather another.

    Of two that are equally likely it is the first.
    """
    able = [
        (surprise(trace, position, seen_at, count), trace)
        for trace in traces
        if fits(trace.path, position, seen_at)
    ]
    least, found = min(able, key=lambda each: each[0], default=(math.inf, None))
    return found if least <= MOST_SURPRISE else None


def _roaming(stay: Stay, position: Position, seen_at: datetime) -> float:
    apart = _apart(stay, seen_at)
    scale_m = LEAST_ROAMED_M + ROAMS_M * math.sqrt(apart / timedelta(hours=1))
    far = distance_m(stay.position, position) / scale_m
    anywhere = 2 * max(0.0, math.log(scale_m / ROAMS_M))
    return far * far / 2 + anywhere + apart / UNSEEN_FOR


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
