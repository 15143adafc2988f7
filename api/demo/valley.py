"""Where the demo plays: a forest edge in the Mengyang part of Xishuangbanna, Yunnan.

The valley is real and publicly known; the outlines of villages, fields and road are drawn by hand
for the demo, and no station stands there.
"""

import math
from dataclasses import dataclass
from typing import Any

SITE_ID = "xishuangbanna"
SITE_NAME = "Xishuangbanna, Mengyang"
TIMEZONE = "Asia/Shanghai"

# The field edge where the last station stands; everything else is given in metres from here.
_LATITUDE, _LONGITUDE = 22.1800, 100.8600
_METRES_PER_DEGREE = 111_195.0

Place = tuple[float, float]  # metres east and north of the field edge


@dataclass(frozen=True, slots=True)
class DemoStation:
    """A station of the story and what its camera replays: names of drill sequences."""

    id: str
    name: str
    place: Place
    sequences: tuple[str, ...]
    starts_after_s: float  # so that the herd comes by one after the other


@dataclass(frozen=True, slots=True)
class DemoGeofence:
    """An area with its buffers; a line has two or more points, a polygon is closed here."""

    name: str
    kind: str
    outline: tuple[Place, ...]
    buffer_m: float
    watch_m: float

    def area(self) -> dict[str, Any]:
        """Return the outline as GeoJSON: longitude first."""
        points = [list(reversed(position(place))) for place in self.outline]
        if self.kind == "road":
            return {"type": "LineString", "coordinates": points}
        return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


# Along the forest edge, near enough to each other that a herd at two of them is one herd.
STATIONS = (
    DemoStation("stream", "Stream crossing", (-440, 30), ("empty-night", "herd-night-a"), 0),
    DemoStation("bamboo", "Bamboo ridge", (-220, -10), ("deer-night", "herd-night-b"), 2),
    DemoStation("fields", "Field edge", (0, 0), ("motorbike-night", "herd-night-c"), 4),
)

GEOFENCES = (
    DemoGeofence(
        "Sanchahe village",
        "village",
        ((-20, 60), (180, 120), (330, 20), (290, -190), (80, -220), (-30, -80)),
        buffer_m=300,
        watch_m=1500,
    ),
    DemoGeofence(
        "Guanping village",
        "village",
        ((800, 600), (1060, 640), (1080, 860), (840, 850)),
        buffer_m=500,
        watch_m=1600,
    ),
    DemoGeofence(
        "Road to Mengyang",
        "road",
        ((-900, -160), (-420, -140), (60, -300), (520, -240), (1300, 120)),
        buffer_m=250,
        watch_m=1000,
    ),
)


def position(place: Place) -> tuple[float, float]:
    """Return latitude and longitude of a place given in metres."""
    east_m, north_m = place
    per_degree_east = _METRES_PER_DEGREE * math.cos(math.radians(_LATITUDE))
    return _LATITUDE + north_m / _METRES_PER_DEGREE, _LONGITUDE + east_m / per_degree_east
