"""All geofences of a site, arranged so that those near a place are found without asking each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from api.geofences.outlines import LINE_HALF_WIDTH_M, Numbers, Outlines, Places
from api.geofences.rules import Approach, Fence, Nearby, approach_of, nearby_of
from api.position import Position

MARGIN = 1.01  # a plane is good to a few parts in ten thousand
STEEPEST_LATITUDE = 89.0
# A degree is nowhere shorter: of latitude at the equator, of longitude on a ball as wide as that.
LEAST_NORTH_M, LEAST_EAST_M = 110_574.0, 111_319.0
MOST_ANSWERS = 2_000  # of stations; each may be two hundred fences


class FenceMap:
    """Built once, asked often. A tree over the rectangles within which a fence can matter."""

    def __init__(
        self,
        fences: Sequence[Fence],
        areas: Sequence[BaseGeometry] | None = None,
        *,
        within_m: float = 0.0,
    ) -> None:
        """Arrange fences; `areas` are theirs as shapes, if somebody has them already.

        Fences within `within_m` are told of even if a place is beyond their own reach.
        """
        shapes = [shape(fence.area) for fence in fences] if areas is None else areas
        self._fences = fences
        self._outlines = Outlines(shapes)
        self._answers: dict[Position, list[Nearby]] = {}
        self._reaches_m = np.array([max(fence.reach_m, within_m) for fence in fences])
        self._tree = shapely.STRtree(_rectangles(shapes, self._reaches_m))

    def nearby(self, position: Position) -> list[Nearby]:
        """Return every fence that something at this place can concern, and how near it is.

        Stations stand still, so the same places are asked for again and again.
        """
        if position not in self._answers:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            self._answers[position] = nearby_of(
                position, self._fences, self._outlines, self._reaches_m, self._near(position)
            )
        return self._answers[position]

    def approaches(self, position: Position, *, people_beside: bool) -> list[Approach]:
        """Return every fence that something at this place concerns, whatever way it goes."""
        found = (approach_of(near, people_beside=people_beside) for near in self.nearby(position))
        return [each for each in found if each is not None]

    def near(self, position: Position) -> list[Fence]:
        """Return the fences that a place may concern, in their order; none is left out."""
        return [self._fences[number] for number in self._near(position)]

    def _near(self, position: Position) -> Places:
        found: Places = self._tree.query(shapely.Point(position.longitude, position.latitude))
        return np.sort(found)


def _rectangles(shapes: Sequence[BaseGeometry], reaches_m: Numbers) -> Any:
    """Return the rectangles, in degrees, within which the fences can matter."""
    bounds = shapely.bounds(np.array(shapes, dtype=object)).reshape(-1, 4)
    west, south, east, north = bounds.T
    reach_m = MARGIN * (reaches_m + LINE_HALF_WIDTH_M)
    south, north = south - reach_m / LEAST_NORTH_M, north + reach_m / LEAST_NORTH_M
    # Degrees of longitude are shortest at the side nearer to a pole.
    steepest = np.minimum(np.maximum(np.abs(south), np.abs(north)), STEEPEST_LATITUDE)
    east_m = LEAST_EAST_M * np.cos(np.radians(steepest))
    west, east = west - reach_m / east_m, east + reach_m / east_m
    # Across the 180th meridian a rectangle in degrees means nothing: look at latitudes alone.
    anywhere = (west < -180) | (east > 180) | (steepest == STEEPEST_LATITUDE)
    return shapely.box(
        np.where(anywhere, -180.0, west), south, np.where(anywhere, 180.0, east), north
    )
