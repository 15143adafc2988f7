"""Areas as plain arrays, so that the metres to hundreds of them are worked out at once.

A plane that touches the earth at a place stretches degrees east and north, and nothing else. So
areas stay in degrees, and are stretched for each question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from api.position import LocalPlane, Position

# A road is drawn as a line without width: so near to it, an elephant is on it.
LINE_HALF_WIDTH_M = 30.0

_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
_NO_LENGTH = 1e-12

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Measured:
    """How each area lies, in its order; see `Nearby` in `api/geofences/rules.py`."""

    distance_m: Numbers
    bearing_deg: Numbers
    towards_deg: Numbers


class Outlines:
    """The edges of areas (GeoJSON shapes in degrees) in one array, those of one area together."""

    def __init__(self, areas: Sequence[BaseGeometry]) -> None:
        shapes = np.array(areas, dtype=object)
        self._is_line = np.isin(shapely.get_type_id(shapes), _LINES)
        self._edges, owners = _edges_of(shapes, self._is_line)
        self._counts = np.bincount(owners, minlength=len(shapes))
        self._firsts = np.cumsum(self._counts) - self._counts
        self._centres = _centres_of(shapes)
        self._centres[self._is_line] = _middles_of(self._edges, owners)[self._is_line]

    def measure(self, position: Position, which: Places) -> Measured:
        """Return how these areas, one at least, lie seen from a place."""
        counts, is_line = self._counts[which], self._is_line[which]
        begins = np.cumsum(counts) - counts
        rows = np.repeat(self._firsts[which] - begins, counts) + np.arange(counts.sum())
        east_m, north_m = LocalPlane(position).metres_per_degree
        x, y, dx, dy = self._edges[rows].T
        x, dx = _short_way(x - position.longitude) * east_m, dx * east_m
        y, dy = (y - position.latitude) * north_m, dy * north_m

        # The nearest point of each edge, then the nearest edge of each area.
        share = -(x * dx + y * dy) / np.maximum(dx * dx + dy * dy, _NO_LENGTH)
        share = np.minimum(np.maximum(share, 0.0), 1.0)
        near_x, near_y = x + share * dx, y + share * dy
        squares = near_x * near_x + near_y * near_y
        least = np.minimum.reduceat(squares, begins)
        is_least = squares == np.repeat(least, counts)
        nearest = np.minimum.reduceat(np.where(is_least, np.arange(len(rows)), len(rows)), begins)
        # Inside, if a ray to the east crosses edges an odd number of times.
        crossed = ((y > 0) != (y + dy > 0)) & ((x * dy > y * dx) == (dy > 0))
        inside = np.logical_xor.reduceat(crossed, begins) & ~is_line
        metres = np.maximum(np.sqrt(least) - LINE_HALF_WIDTH_M * is_line, 0.0)
        centre_x, centre_y = self._centres[which].T
        return Measured(
            np.where(inside, 0.0, metres),
            _bearings(
                _short_way(position.longitude - centre_x) * east_m,
                (position.latitude - centre_y) * north_m,
            ),
            np.where(inside, 0.0, _bearings(near_x[nearest], near_y[nearest])),
        )


def _edges_of(shapes: Any, is_line: npt.NDArray[np.bool_]) -> tuple[Numbers, Places]:
    """Return edges (where each begins, and the way to its end) and whose they are, in order."""
    edges, owners = [np.empty((0, 4))], [np.empty(0, dtype=np.intp)]
    for alike in (np.flatnonzero(is_line), np.flatnonzero(~is_line)):
        if not len(alike):
            continue
        points, owner = shapely.get_coordinates(shapes[alike], return_index=True)
        _, _, offsets = shapely.to_ragged_array(shapes[alike])
        begins_edge = np.ones(len(points), dtype=np.bool_)
        begins_edge[offsets[0][1:] - 1] = False  # not the last point of a ring or a line
        first = np.flatnonzero(begins_edge)
        way = points[first + 1] - points[first]
        edges.append(np.column_stack((points[first], _short_way(way[:, 0]), way[:, 1])))
        owners.append(alike[owner[first]])
    owned = np.concatenate(owners)
    order = np.argsort(owned, kind="stable")
    return np.concatenate(edges)[order], owned[order]


def _centres_of(shapes: Any) -> Numbers:
    """Return the middles, in degrees; a polygon's is the same however the plane stretches it."""
    if not len(shapes):
        return np.empty((0, 2))
    shapes, west_east = shapes.copy(), shapely.bounds(shapes)[:, [0, 2]]
    torn = west_east[:, 1] - west_east[:, 0] > 180
    if torn.any():
        shapes[torn] = shapely.transform(shapes[torn], _from_greenwich)
    centres: Numbers = shapely.get_coordinates(shapely.centroid(shapes))
    return centres


def _from_greenwich(points: Numbers) -> Numbers:
    return np.column_stack((points[:, 0] % 360.0, points[:, 1]))


def _middles_of(edges: Numbers, owners: Places) -> Numbers:
    """Return the middles as those of lines, in which each edge weighs as long as it is."""
    x, y, dx, dy = edges.T
    start = x[np.searchsorted(owners, owners)]
    weights = np.hypot(dx * np.cos(np.radians(y + dy / 2)), dy)
    whole = np.maximum(np.bincount(owners, weights), _NO_LENGTH)
    middle_x = np.bincount(owners, weights * (start + _short_way(x - start) + dx / 2)) / whole
    middle_y = np.bincount(owners, weights * (y + dy / 2)) / whole
    return np.column_stack((middle_x, middle_y))


def _short_way(degrees: Numbers) -> Numbers:
    """Return degrees of longitude the short way round, from -180 to 180."""
    return (degrees + 180.0) % 360.0 - 180.0


def _bearings(east: Numbers, north: Numbers) -> Numbers:
    return np.degrees(np.arctan2(east, north)) % 360.0
