from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from api.geofences.fence_map import FenceMap
from api.geofences.rules import Fence, approach
from api.position import Position
from tests.api.world import place, square

metres = st.floats(-9000, 9000)
rings = st.floats(0, 4000)
places = st.tuples(metres, metres)


def road(east_m: float, north_m: float, middle: Position) -> dict[str, Any]:
    ends = [place(east_m - 800, north_m, middle), place(east_m + 800, north_m, middle)]
    return {"type": "LineString", "coordinates": [[p.longitude, p.latitude] for p in ends]}


@given(
    latitude=st.floats(-85, 85),
    longitude=st.sampled_from([0.0, 100.86, 179.9, -179.9]),
    where=st.lists(st.tuples(places, rings, rings), max_size=6),
    here=places,
)
@example(latitude=21.97, longitude=180.0, where=[((0, 0), 500, 1500)], here=(-1000, 0))
def test_the_map_leaves_out_nothing_that_looking_at_each_would_find(
    latitude: float, longitude: float, where: list[Any], here: tuple[float, float]
) -> None:
    middle = Position(latitude, longitude)
    fences = [
        Fence(number, _area(number, east_m, north_m, middle), buffer_m, watch_m)
        for number, ((east_m, north_m), buffer_m, watch_m) in enumerate(where)
    ]
    position = _turned(place(*here, middle))

    near = FenceMap(fences).near(position)

    touched = [each for each in fences if approach(position, each, people_beside=False)]
    assert [each for each in near if each in touched] == touched


def _area(number: int, east_m: float, north_m: float, middle: Position) -> dict[str, Any]:
    if number % 2:
        return road(east_m, north_m, middle)
    corners = [(-200, -200), (200, -200), (200, 200), (-200, 200), (-200, -200)]
    ring = [place(east_m + x, north_m + y, middle) for x, y in corners]
    return {"type": "Polygon", "coordinates": [[[p.longitude, p.latitude] for p in ring]]}


def _turned(position: Position) -> Position:
    return Position(position.latitude, (position.longitude + 180) % 360 - 180)


def test_a_map_spares_the_look_at_what_is_far() -> None:
    fences = [Fence(n, square(0, 9000 * n), 500, 1500) for n in range(50)]

    assert [each.geofence_id for each in FenceMap(fences).near(place(1000, 9000 * 7))] == [7]


def test_a_site_without_geofences_has_an_empty_map() -> None:
    assert FenceMap([]).near(place(0, 0)) == []
