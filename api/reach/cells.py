"""The cells around a site, so that a phone finds its own and tells no position."""

from functools import lru_cache

import h3

from api.people.following import CELL_EDGE_M, CELL_RESOLUTION
from api.position import Position

REACH_M = 25_000.0
_RINGS = round(REACH_M / (CELL_EDGE_M * 3**0.5))


@lru_cache(maxsize=64)
def cells_around(middle: Position) -> list[tuple[str, float, float]]:
    """Return each cell's name, latitude and longitude of its centre, out to about `REACH_M`.

    The nearest centre is the phone's cell, but for a few metres along an edge.
    """
    own = h3.latlng_to_cell(middle.latitude, middle.longitude, CELL_RESOLUTION)
    cells = sorted(str(cell) for cell in h3.grid_disk(own, _RINGS))
    return [(cell, *_rounded(h3.cell_to_latlng(cell))) for cell in cells]


def _rounded(place: tuple[float, float]) -> tuple[float, float]:
    return round(place[0], 5), round(place[1], 5)
