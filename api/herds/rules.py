"""Which sightings can be the same animals, walking; which of several herds they likely are."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar

from api.herds import measure
from api.herds.measure import LONGEST_LEG, WALKING_M_PER_S
from api.position import LocalPlane, Position, bearing_deg

# Beyond this much surprise it is rather another herd, where so many a day are new: a site at which
# twice as many are needs less.
MOST_SURPRISE = 6.25
NEW_A_DAY = 0.6
OVER_AFTER = timedelta(hours=4)  # of a herd that nobody saw for so long nothing is foretold
LONGEST_PATH = 12
ONE_STAY = timedelta(minutes=15)  # seen again at a camera within it, the herd has stayed there


class Stay(NamedTuple):  # one is made at each sighting, and sooner than a dataclass
    """A herd in front of one camera, from when to when, and the most animals seen at once."""

    position: Position
    since: datetime
    until: datetime
    count: int  # type: ignore[assignment]  # nobody counts in a stay
    looks: int = 0  # how often they were told of, 0 if nobody has kept that
    animals: int = 0  # how many in all of these
    heading_deg: float | None = None  # where it went when that was seen last


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


def with_sighting(
    path: Path,
    position: Position,
    seen_at: datetime,
    count: int,
    looks: int = 0,
    animals: int = 0,
    heading_deg: float | None = None,
) -> Path:
    """Return a path that goes through one more sighting, wherever in its time that falls.

    Again at the camera where it is already: it stays there. Only the newest stays are kept.
    """
    earlier = [stay for stay in path if stay.since <= seen_at]
    later = [stay for stay in path if stay.since > seen_at]
    here = Stay(position, seen_at, seen_at, count, looks, animals, heading_deg)
    if earlier and _has_stayed(earlier[-1], position, seen_at):
        last = earlier.pop()
        here = _with(last, here)._replace(until=max(last.until, seen_at))
    elif later and _has_stayed(later[0], position, seen_at):
        first = later.pop(0)
        here = _with(here, first)._replace(until=first.until)
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
    return fits((one,), position, seen_at)


def fits(path: Path, position: Position, seen_at: datetime) -> bool:
    """Whether a herd on this path can have been here then, coming from and going on along it."""
    return surprise(path, position, seen_at, 1) < math.inf


def surprise(path: Path, position: Position, seen_at: datetime, count: int) -> float:
    """Return how unlikely it is that a herd on this path is here then; see `measure`."""
    plane = LocalPlane(position)
    return measure.surprise(
        looks_of(path, plane), measure.look(plane, position, seen_at, seen_at, count, 1, count)
    )


def looks_of(path: Path, plane: LocalPlane) -> list[measure.Look]:
    """Return a path as the numbers that are compared."""
    return [
        measure.look(
            plane,
            stay.position,
            stay.since,
            stay.until,
            stay.count,
            stay.looks,
            stay.animals,
            stay.heading_deg,
        )
        for stay in path
    ]


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
    able = [(surprise(trace.path, position, seen_at, count), trace) for trace in traces]
    least, found = min(able, key=lambda each: each[0], default=(math.inf, None))
    return found if least <= at_most else None


def _with(stay: Stay, more: Stay) -> Stay:
    return stay._replace(
        count=max(stay.count, more.count),
        looks=stay.looks + more.looks,
        animals=stay.animals + more.animals,
        heading_deg=stay.heading_deg if more.heading_deg is None else more.heading_deg,
    )


def _apart(stay: Stay, moment: datetime) -> timedelta:
    if moment > stay.until:
        return moment - stay.until
    return max(stay.since - moment, timedelta(0))


def _has_stayed(stay: Stay, position: Position, seen_at: datetime) -> bool:
    return stay.position == position and _apart(stay, seen_at) <= ONE_STAY
