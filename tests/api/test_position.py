import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.position import (
    BLURRED_UNCERTAINTY_M,
    LocalPlane,
    Position,
    blurred,
    blurred_bearing_deg,
    blurred_distance_m,
    distance_m,
)
from tests.api.earth import straight_m

inhabited = st.builds(Position, st.floats(-60, 60), st.floats(-180, 180))
step_m = st.floats(-10_000, 10_000)


def walked(start: Position, east_m: float, north_m: float) -> Position:
    east, north = LocalPlane(start).metres_per_degree
    longitude = (start.longitude + east_m / east + 180) % 360 - 180
    return Position(start.latitude + north_m / north, longitude)


@given(inhabited, step_m, step_m)
def test_distances_agree_with_the_ellipsoid(start: Position, east_m: float, north_m: float) -> None:
    end = walked(start, east_m, north_m)

    assert distance_m(start, end) == pytest.approx(straight_m(start, end), rel=1e-5, abs=0.01)


@given(inhabited, step_m, step_m)
def test_the_way_back_is_as_long(start: Position, east_m: float, north_m: float) -> None:
    end = walked(start, east_m, north_m)

    assert distance_m(end, start) == pytest.approx(distance_m(start, end), abs=1e-6)


@given(inhabited)
def test_a_blurred_place_is_as_near_as_it_promises(place: Position) -> None:
    shown = blurred(place)

    assert straight_m(shown, place) <= BLURRED_UNCERTAINTY_M


def test_blurring_again_tells_nothing_more() -> None:
    places = [Position(21.97 + n / 5_000, 100.86) for n in range(100)]  # 2.2 km, 22 m apart

    shown = {blurred(place) for place in places}

    assert len(shown) in (3, 4)


@given(st.floats(0, 20_000))
def test_a_villager_never_reads_a_danger_as_farther_than_it_is(metres: float) -> None:
    shown = blurred_distance_m(metres)

    assert shown <= max(metres, 50)
    assert (shown == 0) == (metres == 0)  # only inside is inside


@given(st.floats(0, 360, exclude_max=True))
def test_a_blurred_bearing_is_a_point_of_the_compass(bearing: float) -> None:
    turn = abs(blurred_bearing_deg(bearing) - bearing)

    assert blurred_bearing_deg(bearing) in range(0, 360, 45)
    assert min(turn, 360 - turn) <= 22.5


def test_a_degree_of_latitude_is_longer_at_the_pole() -> None:
    _, at_equator = LocalPlane(Position(0, 0)).metres_per_degree
    _, at_pole = LocalPlane(Position(90, 0)).metres_per_degree

    # WGS 84: 110 574.4 m and 111 693.9 m
    assert math.isclose(at_equator, 110_574.28, abs_tol=1)
    assert math.isclose(at_pole, 111_693.98, abs_tol=1)
