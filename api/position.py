"""Where something is on the earth, in metres where it matters."""

import math
from dataclasses import dataclass
from functools import lru_cache

# WGS 84
_EQUATOR_RADIUS_M = 6_378_137.0
_ECCENTRICITY_SQUARED = 6.694379990141317e-3

BLUR_CELL_DEG = 0.009  # of latitude: about one kilometre
BLURRED_UNCERTAINTY_M = 750.0  # from a cell's centre to its corners, and how far a camera sees
EXACT_UNCERTAINTY_M = 50.0  # how far a camera sees


@dataclass(frozen=True, slots=True)
class Position:
    """A place in WGS 84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """The plane that touches the earth at `origin`, in metres east and north of it.

    Good to a few parts in ten thousand for the tens of kilometres that an elephant walks. Straight
    lines in degrees stay straight, so the edges of a GeoJSON area keep their meaning.
    """

    origin: Position

    @property
    def metres_per_degree(self) -> tuple[float, float]:
        """East and north, from the two radii of curvature at the origin."""
        return _metres_per_degree(self.origin.latitude)

    def to_metres(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Return metres east and north; the short way round across the 180th meridian."""
        east, north = self.metres_per_degree
        turned = (longitude - self.origin.longitude + 180) % 360 - 180
        return turned * east, (latitude - self.origin.latitude) * north


@lru_cache(maxsize=8_192)  # stations stand still, and are reckoned from again and again
def _metres_per_degree(latitude_deg: float) -> tuple[float, float]:
    latitude = math.radians(latitude_deg)
    flatness = 1 - _ECCENTRICITY_SQUARED * math.sin(latitude) ** 2
    across = _EQUATOR_RADIUS_M / math.sqrt(flatness)
    along = _EQUATOR_RADIUS_M * (1 - _ECCENTRICITY_SQUARED) / flatness**1.5
    return math.radians(across * math.cos(latitude)), math.radians(along)


def distance_m(one: Position, other: Position) -> float:
    """Return the distance between two places a day's walk apart at most."""
    half_way = Position((one.latitude + other.latitude) / 2, one.longitude)
    plane = LocalPlane(half_way)
    east_m, north_m = plane.to_metres(other.longitude, other.latitude)
    _, south_m = plane.to_metres(one.longitude, one.latitude)
    return math.hypot(east_m, north_m - south_m)


def bearing_deg(east_m: float, north_m: float) -> float:
    """Return the direction of a step, 0 north, 90 east."""
    return math.degrees(math.atan2(east_m, north_m)) % 360


def blurred(position: Position) -> Position:
    """Return the centre of the kilometre-wide cell around a place: the same for all of the cell.

    Exact recent positions of elephants are what poachers want. A fixed grid tells no more when it
    is asked often, which noise would.
    """
    row = math.floor(position.latitude / BLUR_CELL_DEG)
    latitude = (row + 0.5) * BLUR_CELL_DEG
    width = BLUR_CELL_DEG / max(math.cos(math.radians(latitude)), 0.01)
    longitude = (math.floor(position.longitude / width) + 0.5) * width
    return Position(round(latitude, 6), round((longitude + 180) % 360 - 180, 6))


def blurred_distance_m(metres: float) -> float:
    """Round a distance down, to steps of 100 m and, from a kilometre on, 500 m.

    From an exact distance and bearing of two villages anybody could work out the place. Down,
    because a danger must not be made smaller.
    """
    step_m = 100 if metres < 1000 else 500
    rounded = math.floor(metres / step_m) * step_m
    return float(max(rounded, 50)) if metres > 0 else 0.0


def blurred_bearing_deg(bearing: float) -> float:
    """Round a bearing to the eight points of the compass."""
    return round(bearing / 45) % 8 * 45.0
