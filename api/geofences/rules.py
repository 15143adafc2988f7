"""How near a place is to the areas people follow, and what that means for them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry import Polygon, shape
from shapely.geometry.base import BaseGeometry

from api.geofences.outlines import Numbers, Outlines, Places
from api.geofences.schedule import Schedule
from api.position import Position
from api.tables import LEVELS, AlertLevel

# Somebody who asks to be told of what is `watch_m` away is told of what comes straight from so much
# farther away.
LOOK_AHEAD = 1.5

_NONE_NEEDED: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True)
class Fence:
    """An area (GeoJSON Polygon or LineString) with its rings: warning within, then watch within.

    `confidence` says how sure the network must be of a sighting for a level; none is needed for
    a level that is not named. `opens` says when the fence counts; always, if it is None.
    """

    geofence_id: int
    area: dict[str, Any]
    buffer_m: float
    watch_m: float
    confidence: Mapping[str, float] = field(default_factory=lambda: _NONE_NEEDED)
    opens: Schedule | None = None

    @property
    def reach_m(self) -> float:
        """From how far away it can concern anybody."""
        return max(self.buffer_m, LOOK_AHEAD * self.watch_m)


class Nearby(NamedTuple):  # hundreds are made at once: a dataclass takes four times as long
    """A fence within reach of a place: how far its edge, and in which directions.

    `bearing_deg` is where the place lies, seen from the fence's centre; `towards_deg` where the
    fence's nearest edge lies, seen from the place. 0 is north.
    """

    fence: Fence
    distance_m: float
    bearing_deg: float
    towards_deg: float


class Approach(NamedTuple):
    """How near something is to a fence. `bearing_deg` is seen from the fence's centre, 0 north.

    With the fence's rings as they were: they may be drawn anew later. `chance` is the forecast that
    it comes there, from 0 to 1, None if nobody asked for one.
    """

    geofence_id: int
    level: AlertLevel
    distance_m: float
    bearing_deg: float
    buffer_m: float
    watch_m: float
    chance: float | None = None


def nearby(position: Position, fences: Sequence[Fence], *, within_m: float = 0.0) -> list[Nearby]:
    """Return the fences that something at this place can concern, in their order.

    Args:
        position: the place.
        fences: those to look at.
        within_m: fences so near are told of even if the place is beyond their own reach.
    """
    outlines = Outlines([shape(fence.area) for fence in fences])
    reaches_m = np.array([max(fence.reach_m, within_m) for fence in fences])
    return nearby_of(position, fences, outlines, reaches_m, np.arange(len(fences)))


def nearby_of(
    position: Position,
    fences: Sequence[Fence],
    outlines: Outlines,
    reaches_m: Numbers,
    which: Places,
) -> list[Nearby]:
    """Return those of `which` fences that are within their reach; outlines are known already."""
    if not len(which):
        return []
    measured = outlines.measure(position, which)
    within = np.flatnonzero(measured.distance_m <= reaches_m[which])
    found = (
        [fences[number] for number in which[within].tolist()],
        measured.distance_m[within].tolist(),
        measured.bearing_deg[within].tolist(),
        measured.towards_deg[within].tolist(),
    )
    return list(map(Nearby, *found))


def approach_of(
    near: Nearby,
    *,
    people_beside: bool,
    chance: float | None = None,
    comes_from: float = 0.0,
    confidence: float = 1.0,
) -> Approach | None:
    """Return what it means to a fence that elephants are near it; None if nothing.

    Args:
        near: the fence, and how near.
        people_beside: whether there are people where the elephants are.
        chance: how likely they come to the fence, None if nobody has asked.
        comes_from: the chance from which on they count as coming this way.
        confidence: how sure the network is of the sighting, from 0 to 1.
    """
    fence = near.fence
    comes = chance is not None and chance >= comes_from
    level = level_at(near.distance_m, fence, people_beside=people_beside, comes=comes)
    level = _believed(level, fence.confidence, confidence)
    if level is None:
        return None
    return Approach(
        fence.geofence_id,
        level,
        near.distance_m,
        near.bearing_deg,
        fence.buffer_m,
        fence.watch_m,
        chance,
    )


def approaches(
    position: Position, fences: Sequence[Fence], *, people_beside: bool
) -> list[Approach]:
    """Return every fence that something at this place concerns, whatever way it goes."""
    found = (approach_of(near, people_beside=people_beside) for near in nearby(position, fences))
    return [each for each in found if each is not None]


def approach(position: Position, fence: Fence, *, people_beside: bool) -> Approach | None:
    """Return how near the place is to the fence; None if it is beyond the watch ring."""
    found = approaches(position, [fence], people_beside=people_beside)
    return found[0] if found else None


def level_at(
    distance_m: float, fence: Fence, *, people_beside: bool, comes: bool = False
) -> AlertLevel | None:
    """Return what a distance means to those who follow the fence.

    People on the same trail as the elephants are in danger before the village is. What comes this
    way is worth a watch from farther away.
    """
    if distance_m <= 0:
        return AlertLevel.DANGER
    if distance_m <= fence.buffer_m:
        return AlertLevel.DANGER if people_beside else AlertLevel.WARNING
    reach_m = fence.watch_m * (LOOK_AHEAD if comes else 1)
    return AlertLevel.WATCH if distance_m <= reach_m else None


def _believed(
    level: AlertLevel | None, needed: Mapping[str, float], confidence: float
) -> AlertLevel | None:
    """Return the worst level, no worse than this, for which the network is sure enough."""
    if level is None or not needed:
        return level
    milder = LEVELS[LEVELS.index(level) :: -1]
    return next((each for each in milder if confidence >= needed.get(each, 0.0)), None)


def centre_of(area: dict[str, Any]) -> Position:
    """Return the middle of an area, in degrees."""
    middle = shape(area).centroid
    return Position(middle.y, middle.x)


def is_sound(area: BaseGeometry) -> str | None:
    """Say why an area cannot be one, None if it can."""
    if isinstance(area, Polygon):
        reason = shapely.is_valid_reason(area)
        return None if reason == "Valid Geometry" else str(reason)
    return None if area.length > 0 and math.isfinite(area.length) else "the line has no length"
