"""How near a place is to the areas people follow, and what that means for them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon, shape
from shapely.geometry.base import BaseGeometry

from api.position import LocalPlane, Position, bearing_deg
from api.tables import AlertLevel

# A road is drawn as a line without width: so near to it, an elephant is on it.
LINE_HALF_WIDTH_M = 30.0


@dataclass(frozen=True, slots=True)
class Fence:
    """An area (GeoJSON Polygon or LineString) with its rings: warning within, then watch within."""

    geofence_id: int
    area: dict[str, Any]
    buffer_m: float
    watch_m: float


@dataclass(frozen=True, slots=True)
class Approach:
    """How near something is to a fence. `bearing_deg` is seen from the fence's centre, 0 north.

    With the fence's rings as they were: they may be drawn anew later.
    """

    geofence_id: int
    level: AlertLevel
    distance_m: float
    bearing_deg: float
    buffer_m: float
    watch_m: float


def approaches(
    position: Position,
    fences: Sequence[Fence],
    *,
    people_beside: bool,
    areas: Sequence[BaseGeometry] | None = None,
) -> list[Approach]:
    """Return every fence that something at this place concerns, and how much.

    `areas` are the fences' in degrees, if somebody has them already: all are measured at once.
    """
    if not fences:
        return []
    areas = [shape(fence.area) for fence in fences] if areas is None else areas
    flat = _flattened(areas, LocalPlane(position))
    distances = shapely.distance(flat, Point(0, 0))
    found = []
    for fence, area, metres in zip(fences, flat, distances, strict=True):
        distance_m = _from_edge_m(area, float(metres))
        level = level_at(distance_m, fence, people_beside=people_beside)
        if level is not None:
            found.append(_approach(fence, area, level, distance_m))
    return found


def approach(position: Position, fence: Fence, *, people_beside: bool) -> Approach | None:
    """Return how near the place is to the fence; None if it is beyond the watch ring."""
    found = approaches(position, [fence], people_beside=people_beside)
    return found[0] if found else None


def level_at(distance_m: float, fence: Fence, *, people_beside: bool) -> AlertLevel | None:
    """Return what a distance means to those who follow the fence.

    People in the same picture as the elephant are in danger before the village is.
    """
    if distance_m <= 0:
        return AlertLevel.DANGER
    if distance_m <= fence.buffer_m:
        return AlertLevel.DANGER if people_beside else AlertLevel.WARNING
    return AlertLevel.WATCH if distance_m <= fence.watch_m else None


def _approach(fence: Fence, flat: BaseGeometry, level: AlertLevel, distance_m: float) -> Approach:
    centre = flat.centroid
    return Approach(
        fence.geofence_id,
        level,
        distance_m,
        bearing_deg(-centre.x, -centre.y),
        fence.buffer_m,
        fence.watch_m,
    )


def _flattened(areas: Sequence[BaseGeometry], plane: LocalPlane) -> Any:
    def in_metres(points: Any) -> Any:
        return np.column_stack(plane.to_metres(points[:, 0], points[:, 1]))

    return shapely.transform(np.asarray(areas, dtype=object), in_metres)


def _from_edge_m(flat: BaseGeometry, metres: float) -> float:
    return max(0.0, metres - LINE_HALF_WIDTH_M) if isinstance(flat, LineString) else metres


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
