"""All geofences of a site, arranged so that those near a place are found without asking each."""

from collections.abc import Sequence

import shapely
from shapely.geometry import shape

from api.geofences.rules import (
    LINE_HALF_WIDTH_M,
    Approach,
    Fence,
    Nearby,
    approach_of,
    nearby,
)
from api.position import LocalPlane, Position

MARGIN = 1.01  # a plane is good to a few parts in ten thousand
STEEPEST_LATITUDE = 89.0
MOST_ANSWERS = 10_000

Bounds = tuple[float, float, float, float]


class FenceMap:
    """Built once, asked often. A tree over the rectangles within which a fence can matter."""

    def __init__(self, fences: Sequence[Fence]) -> None:
        self._fences = fences
        self._areas = [shape(fence.area) for fence in fences]
        self._answers: dict[Position, list[Nearby]] = {}
        self._tree = shapely.STRtree([shapely.box(*_reach_of(fence)) for fence in fences])

    def nearby(self, position: Position) -> list[Nearby]:
        """Return every fence that something at this place can concern, and how near it is.

        Stations stand still, so the same places are asked for again and again.
        """
        if position not in self._answers:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            numbers = self._near(position)
            self._answers[position] = nearby(
                position,
                [self._fences[number] for number in numbers],
                [self._areas[number] for number in numbers],
            )
        return self._answers[position]

    def approaches(self, position: Position, *, people_beside: bool) -> list[Approach]:
        """Return every fence that something at this place concerns, whatever way it goes."""
        found = (approach_of(near, people_beside=people_beside) for near in self.nearby(position))
        return [each for each in found if each is not None]

    def near(self, position: Position) -> list[Fence]:
        """Return the fences that a place may concern, in their order; none is left out."""
        return [self._fences[number] for number in self._near(position)]

    def _near(self, position: Position) -> list[int]:
        found = self._tree.query(shapely.Point(position.longitude, position.latitude))
        return sorted(int(number) for number in found)


def _reach_of(fence: Fence) -> Bounds:
    """Return west, south, east and north of where the fence can matter, in degrees."""
    west, south, east, north = shape(fence.area).bounds
    reach_m = MARGIN * (fence.reach_m + LINE_HALF_WIDTH_M)
    _, north_m = LocalPlane(Position((south + north) / 2, west)).metres_per_degree
    south, north = south - reach_m / north_m, north + reach_m / north_m
    # Degrees of longitude are shortest at the side nearer to a pole.
    steepest = min(max(abs(south), abs(north)), STEEPEST_LATITUDE)
    east_m, _ = LocalPlane(Position(steepest, west)).metres_per_degree
    west, east = west - reach_m / east_m, east + reach_m / east_m
    # Across the 180th meridian a rectangle in degrees means nothing: look at latitudes alone.
    if west < -180 or east > 180 or steepest == STEEPEST_LATITUDE:
        west, east = -180.0, 180.0
    return west, south, east, north
