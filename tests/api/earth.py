"""A second opinion on distances: straight lines through space between points of the ellipsoid."""

import math

from api.position import Position

# WGS 84, from its definition (semi-major axis and flattening), not from the code under test.
A_M = 6_378_137.0
FLATTENING = 1 / 298.257223563


def in_space(place: Position) -> tuple[float, float, float]:
    """Metres from the earth's centre."""
    e2 = FLATTENING * (2 - FLATTENING)
    latitude, longitude = math.radians(place.latitude), math.radians(place.longitude)
    n = A_M / math.sqrt(1 - e2 * math.sin(latitude) ** 2)
    return (
        n * math.cos(latitude) * math.cos(longitude),
        n * math.cos(latitude) * math.sin(longitude),
        n * (1 - e2) * math.sin(latitude),
    )


def straight_m(one: Position, other: Position) -> float:
    """The distance through the ground: within a centimetre of the way over it, up to 20 km."""
    return math.dist(in_space(one), in_space(other))
