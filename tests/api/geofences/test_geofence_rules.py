from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.geofences.outlines import LINE_HALF_WIDTH_M
from api.geofences.rules import (
    Fence,
    approach,
    approach_of,
    approaches,
    level_at,
    nearby,
)
from api.position import Position
from api.tables import AlertLevel
from tests.api.earth import straight_m
from tests.api.world import VALLEY, place, square

EVERYWHERE_M = 50_000.0
STEPS = 400


def fence(area: dict[str, Any], *, buffer_m: float = 500, watch_m: float = 1500) -> Fence:
    return Fence(1, area, buffer_m, watch_m)


def at(east_m: float, north_m: float, latitude: float) -> Position:
    return place(east_m, north_m, Position(latitude, 100.86))


def along(ring: list[Position]) -> list[Position]:
    """Points close together along the edges, which are straight in degrees as GeoJSON says."""
    return [
        Position(
            a.latitude + (b.latitude - a.latitude) * step / STEPS,
            a.longitude + (b.longitude - a.longitude) * step / STEPS,
        )
        for a, b in pairwise(ring)
        for step in range(STEPS + 1)
    ]


@given(
    latitude=st.floats(-60, 60),
    corners=st.tuples(*[st.floats(50, 3000) for _ in range(4)]),
    east_m=st.floats(-8000, 8000),
    north_m=st.floats(-8000, 8000),
)
def test_metres_to_an_area_agree_with_the_ellipsoid(
    latitude: float, corners: tuple[float, float, float, float], east_m: float, north_m: float
) -> None:
    e, n, w, s = corners
    ring = [at(x, y, latitude) for x, y in ((e, 0), (0, n), (-w, 0), (0, -s), (e, 0))]
    area = {"type": "Polygon", "coordinates": [[[p.longitude, p.latitude] for p in ring]]}
    here = at(east_m, north_m, latitude)

    found = approach(here, fence(area, watch_m=EVERYWHERE_M), people_beside=False)

    assert found is not None
    to_the_edge = min(straight_m(here, point) for point in along(ring))
    if found.distance_m > 0:
        # Between two of the sample points the edge is at most half a step away.
        assert found.distance_m == pytest.approx(to_the_edge, rel=2e-3, abs=10)
    else:
        # A kite: the shares of the two half-diagonals add up to less than one inside.
        share = abs(east_m) / (e if east_m > 0 else w) + abs(north_m) / (n if north_m > 0 else s)
        assert share <= 1.01


def test_a_hole_in_an_area_is_outside() -> None:
    area = square(0, 0, 1000)
    area["coordinates"].append(square(0, 0, 300)["coordinates"][0])

    found = approach(VALLEY, fence(area), people_beside=False)

    assert found is not None
    assert found.distance_m == pytest.approx(300, abs=1)
    assert found.level is AlertLevel.WARNING


def test_an_elephant_on_the_road_is_danger_though_a_line_has_no_width() -> None:
    road = [place(-2000, LINE_HALF_WIDTH_M - 1), place(2000, LINE_HALF_WIDTH_M - 1)]
    area = {"type": "LineString", "coordinates": [[p.longitude, p.latitude] for p in road]}

    found = approach(VALLEY, fence(area), people_beside=False)

    assert found is not None
    assert (found.level, found.distance_m) == (AlertLevel.DANGER, 0)


@pytest.mark.parametrize(
    ("distance_m", "people_beside", "level"),
    [
        (0, False, AlertLevel.DANGER),
        (500, False, AlertLevel.WARNING),
        (500, True, AlertLevel.DANGER),
        (501, True, AlertLevel.WATCH),
        (1500, False, AlertLevel.WATCH),
        (1501, True, None),
    ],
)
def test_what_a_distance_means(
    distance_m: float, people_beside: bool, level: AlertLevel | None
) -> None:
    assert level_at(distance_m, fence(square(0, 0)), people_beside=people_beside) is level


def test_what_comes_straight_here_is_a_watch_from_farther_away() -> None:
    village = fence(square(0, 0), watch_m=1000)

    assert level_at(1400, village, people_beside=False) is None
    assert level_at(1400, village, people_beside=False, comes=True) is AlertLevel.WATCH
    assert level_at(1600, village, people_beside=False, comes=True) is None


@pytest.mark.parametrize(
    ("confidence", "level"),
    [(0.9, AlertLevel.DANGER), (0.6, AlertLevel.WARNING), (0.4, AlertLevel.WATCH), (0.2, None)],
)
def test_the_worse_the_level_the_surer_the_sighting_must_be(
    confidence: float, level: AlertLevel | None
) -> None:
    needed = {"watch": 0.3, "warning": 0.5, "danger": 0.7}
    (near,) = nearby(VALLEY, [Fence(1, square(0, 0), 500, 1500, needed)])

    found = approach_of(near, people_beside=False, confidence=confidence)

    assert (found.level if found else None) is level


@pytest.mark.parametrize(("east_m", "towards_deg"), [(900, 270), (-900, 90)])
def test_the_way_to_the_nearest_edge_is_seen_from_the_herd(
    east_m: float, towards_deg: float
) -> None:
    (near,) = nearby(place(east_m, 0), [fence(square(0, 0))])

    assert near.towards_deg == pytest.approx(towards_deg, abs=0.5)
    assert near.distance_m == pytest.approx(800, abs=1)


@pytest.mark.parametrize(
    ("east_m", "north_m", "bearing_deg"),
    [(0, 900, 0), (900, 0, 90), (0, -900, 180), (-900, 0, 270)],
)
def test_a_bearing_is_seen_from_the_village(
    east_m: float, north_m: float, bearing_deg: float
) -> None:
    found = approach(place(east_m, north_m), fence(square(0, 0)), people_beside=False)

    assert found is not None
    assert (found.bearing_deg - bearing_deg + 180) % 360 - 180 == pytest.approx(0, abs=0.5)


def test_a_village_on_the_180th_meridian_is_near_from_both_sides() -> None:
    ring = [[179.995, -17], [-179.995, -17], [-179.995, -16.99], [179.995, -16.99], [179.995, -17]]
    village = fence({"type": "Polygon", "coordinates": [ring]})

    for longitude in (179.991, -179.991):
        found = approach(Position(-16.995, longitude), village, people_beside=False)
        assert found is not None
        assert found.distance_m == pytest.approx(425, abs=5)


def test_only_what_is_near_is_touched() -> None:
    fences = [Fence(n, square(0, 3000 * n), 500, 1500) for n in range(4)]

    found = approaches(place(0, 3000), fences, people_beside=False)

    assert [(one.geofence_id, one.level) for one in found] == [(1, AlertLevel.DANGER)]
