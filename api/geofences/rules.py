"""How near a place is to the areas people follow, and what that means for them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Point, Polygon, shape
from shapely.geometry.base import BaseGeometry

from api.geofences.schedule import Schedule
from api.position import LocalPlane, Position, bearing_deg
from api.tables import LEVELS, AlertLevel

# A road is drawn as a line without width: so near to it, an elephant is on it.
LINE_HALF_WIDTH_M = 30.0
_HERE = Point(0, 0)  # the middle of a plane


# Somebody who asks to be told of what is `watch_m` away is told of what comes straight from so much
# farther away.
LOOK_AHEAD = 1.5

_NONE_NEEDED: Mapping[AlertLevel, float] = {}


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
    confidence: Mapping[AlertLevel, float] = field(default_factory=lambda: _NONE_NEEDED)
    opens: Schedule | None = None

    @property
    def reach_m(self) -> float:
        """From how far away it can concern anybody."""
        return max(self.buffer_m, LOOK_AHEAD * self.watch_m)


@dataclass(frozen=True, slots=True)
class Nearby:
    """A fence within reach of a place: how far its edge, and in which directions.

    `bearing_deg` is where the place lies, seen from the fence's centre; `towards_deg` where the
    fence's nearest edge lies, seen from the place. 0 is north.
    """

    fence: Fence
    distance_m: float
    bearing_deg: float
    towards_deg: float


@dataclass(frozen=True, slots=True)
class Approach:
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


def nearby(
    position: Position,
    fences: Sequence[Fence],
    areas: Sequence[BaseGeometry] | None = None,
    *,
    within_m: float = 0.0,
) -> list[Nearby]:
    """Return the fences that something at this place can concern, in their order.

    All are measured at once.

    Args:
        position: the place.
        fences: those to look at.
        areas: the fences' in degrees, if somebody has them already.
        within_m: fences so near are told of even if the place is beyond their own reach.
    """
    if not fences:
        return []
    areas = [shape(fence.area) for fence in fences] if areas is None else areas
    flat = _flattened(areas, LocalPlane(position))
    distances = [
        _from_edge_m(area, float(metres))
        for area, metres in zip(flat, shapely.distance(flat, _HERE), strict=True)
    ]
    within = [n for n, fence in enumerate(fences) if distances[n] <= max(fence.reach_m, within_m)]
    centres = shapely.get_coordinates(shapely.centroid(flat[within]))
    # The line from here to the nearest point of the area; of no length inside.
    edges = shapely.get_coordinates(shapely.shortest_line(_HERE, flat[within]))[1::2]
    return [
        Nearby(
            fences[number],
            distances[number],
            bearing_deg(-float(centre[0]), -float(centre[1])),
            bearing_deg(float(edge[0]), float(edge[1])),
        )
        for number, centre, edge in zip(within, centres, edges, strict=True)
    ]


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
    position: Position,
    fences: Sequence[Fence],
    *,
    people_beside: bool,
    areas: Sequence[BaseGeometry] | None = None,
) -> list[Approach]:
    """Return every fence that something at this place concerns, whatever way it goes."""
    found = (
        approach_of(near, people_beside=people_beside) for near in nearby(position, fences, areas)
    )
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
    level: AlertLevel | None, needed: Mapping[AlertLevel, float], confidence: float
) -> AlertLevel | None:
    """Return the worst level, no worse than this, for which the network is sure enough."""
    if level is None or not needed:
        return level
    milder = LEVELS[LEVELS.index(level) :: -1]
    return next((each for each in milder if confidence >= needed.get(each, 0.0)), None)


def _flattened(areas: Sequence[BaseGeometry], plane: LocalPlane) -> Any:
    def in_metres(points: Any) -> Any:
        return np.column_stack(plane.to_metres(points[:, 0], points[:, 1]))

    return shapely.transform(np.asarray(areas, dtype=object), in_metres)


def _from_edge_m(flat: BaseGeometry, metres: float) -> float:
    return (
        max(0.0, metres - LINE_HALF_WIDTH_M)
        if isinstance(flat, LineString | MultiLineString)
        else metres
    )


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
