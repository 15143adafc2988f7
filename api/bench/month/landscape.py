"""A valley that nobody has drawn for the rules: trails, cameras beside them, villages."""

import math
from dataclasses import dataclass
from random import Random

import numpy as np
from shapely import MultiPoint, delaunay_triangles

from api.position import LocalPlane, Position

MIDDLE = Position(21.97, 100.86)
WIDTH_M, HEIGHT_M = 10_000.0, 8_000.0
PLACES = 28  # water, salt licks, passes: where trails meet
PLACES_APART_M = 1100.0
LONGEST_TRAIL_M = 3600.0
AT_PLACES = 0.85  # of the places have a camera
ON_TRAILS = 0.6  # of the trails have one half-way
CAMERAS_APART_M = 500.0
VILLAGES = 5
VILLAGES_APART_M = 2200.0

Spot = tuple[float, float]  # metres east and north of the middle


@dataclass(frozen=True, slots=True)
class Village:
    """Houses and fields; a rectangle, half as wide and as high as said."""

    middle: Spot
    half_east_m: float
    half_north_m: float

    def holds(self, spot: Spot) -> bool:
        """Whether a spot lies within."""
        east, north = spot[0] - self.middle[0], spot[1] - self.middle[1]
        return abs(east) <= self.half_east_m and abs(north) <= self.half_north_m


@dataclass(frozen=True, slots=True)
class Landscape:
    """Where everything is. `trails` lead from each place to others."""

    places: tuple[Spot, ...]
    trails: tuple[frozenset[int], ...]
    cameras: tuple[Spot, ...]
    villages: tuple[Village, ...]


def a_landscape(chance: Random) -> Landscape:
    """Return a valley as chance has it."""
    places = _apart(chance, PLACES, PLACES_APART_M, margin_m=0)
    trails = _trails(places)
    villages = tuple(
        Village(spot, chance.uniform(150, 500), chance.uniform(150, 400))
        for spot in _apart(chance, VILLAGES, VILLAGES_APART_M, margin_m=1500)
    )
    cameras = [place for place in places if chance.random() < AT_PLACES]
    halves = [
        _half_way(places[one], places[other], chance)
        for one, others in enumerate(trails)
        for other in sorted(others)
        if one < other and chance.random() < ON_TRAILS
    ]
    rims = [
        (village.middle[0], village.middle[1] + side * (village.half_north_m + 60))
        for village in villages
        for side in (-1, 1)
    ]
    for spot in (*rims, *halves):
        if all(math.dist(spot, camera) >= CAMERAS_APART_M for camera in cameras):
            cameras.append(spot)
    return Landscape(places, trails, tuple(cameras), villages)


def on_earth(spot: Spot) -> Position:
    """Return where a spot is in degrees."""
    east, north = LocalPlane(MIDDLE).metres_per_degree
    return Position(MIDDLE.latitude + spot[1] / north, MIDDLE.longitude + spot[0] / east)


def an_edge(chance: Random) -> Spot:
    """Return a spot at the rim, where herds come from and go to."""
    along = chance.uniform(-0.5, 0.5)
    side = chance.choice((-0.5, 0.5))
    if chance.random() < WIDTH_M / (WIDTH_M + HEIGHT_M):
        return along * WIDTH_M, side * HEIGHT_M
    return side * WIDTH_M, along * HEIGHT_M


def _apart(chance: Random, count: int, apart_m: float, *, margin_m: float) -> tuple[Spot, ...]:
    """Return up to so many spots, no two nearer to each other than that."""
    spots: list[Spot] = []
    for _ in range(200 * count):
        spot = (
            chance.uniform(-1, 1) * (WIDTH_M / 2 - margin_m),
            chance.uniform(-1, 1) * (HEIGHT_M / 2 - margin_m),
        )
        if all(math.dist(spot, other) >= apart_m for other in spots):
            spots.append(spot)
        if len(spots) == count:
            break
    return tuple(spots)


def _trails(places: tuple[Spot, ...]) -> tuple[frozenset[int], ...]:
    number = {place: index for index, place in enumerate(places)}
    found: list[set[int]] = [set() for _ in places]
    for edge in delaunay_triangles(MultiPoint(np.array(places)), only_edges=True).geoms:
        one, other = (number[east, north] for east, north in edge.coords)
        if math.dist(places[one], places[other]) <= LONGEST_TRAIL_M:
            found[one].add(other)
            found[other].add(one)
    return tuple(map(frozenset, found))


def _half_way(one: Spot, other: Spot, chance: Random) -> Spot:
    share = chance.uniform(0.4, 0.6)
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])
