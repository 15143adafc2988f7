"""A geofence as CAP's polygon: one closed ring, latitude before longitude, no holes."""

from typing import Any

from shapely import transform
from shapely.geometry import Polygon, shape
from shapely.geometry.base import BaseGeometry

from api.cap.rules import MOST_AREA_CHARACTERS, Area
from api.geofences.rules import centre_of
from api.position import LocalPlane

_NARROWEST_M = 50.0  # of a road: a line has no inside, and CAP knows no lines
_DIGITS = 5  # a metre


def area_of(name: str, geometry: dict[str, Any], buffer_m: float) -> Area:
    """Return the area to be notified. `geometry` is GeoJSON: longitude before latitude.

    A hole is notified too: CAP has none, and to ring too many is safer. A line becomes the strip
    around it, as wide as its people asked to be warned; several parts become what holds them all.
    """
    found = shape(geometry)
    if not isinstance(found, Polygon):
        found = _strip(found, geometry, max(buffer_m, _NARROWEST_M))
    if not isinstance(found, Polygon):
        found = found.convex_hull
    ring = [(round(y, _DIGITS), round(x, _DIGITS)) for x, y, *_ in found.exterior.coords]
    return Area(name[:MOST_AREA_CHARACTERS], tuple(ring))


def _strip(line: BaseGeometry, geometry: dict[str, Any], width_m: float) -> BaseGeometry:
    scale = LocalPlane(centre_of(geometry)).metres_per_degree
    in_metres = transform(line, lambda points: points * scale)
    return transform(in_metres.buffer(width_m, quad_segs=4), lambda points: points / scale)
