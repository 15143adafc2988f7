import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, shape

from api.herds.forecast import (
    CHANCES,
    COMES_FROM,
    EARLIEST_MIN,
    FAR_M,
    LATEST_MIN,
    LIKELY_MIN,
    REACH_M,
    REACH_MIN,
    USUAL_M_PER_S,
    Bearing,
    arrival,
    chance_of,
    pace_of,
    whereabouts,
)
from api.herds.rules import OVER_AFTER, Course, Stay
from api.position import Position
from tests.api.world import DUSK, VALLEY, place

MINUTE = timedelta(minutes=1)
SOUTH = Course(180, 0.7)


def test_the_tables_go_one_way_as_herds_do() -> None:
    for table in (REACH_MIN, REACH_M, FAR_M, EARLIEST_MIN, LIKELY_MIN, LATEST_MIN):
        assert list(table) == sorted(table)
    for early, likely, late in zip(EARLIEST_MIN, LIKELY_MIN, LATEST_MIN, strict=True):
        assert early < likely < late
    for chances in CHANCES.values():
        assert list(chances) == sorted(chances, reverse=True)
    assert set(CHANCES) == set(Bearing)


def test_the_later_the_farther_and_each_area_lies_in_the_next() -> None:
    areas = [shape(each.area) for each in whereabouts(VALLEY, DUSK, SOUTH, DUSK + 5 * MINUTE)]

    assert len(areas) == 3
    assert areas[1].contains(areas[0])
    assert areas[2].contains(areas[1])
    assert all(area.exterior.is_ccw for area in areas)


def test_a_cone_points_where_the_herd_goes() -> None:
    area = shape(whereabouts(VALLEY, DUSK, SOUTH, DUSK)[2].area)

    ahead, behind = place(0, -1900), place(0, 1900)
    assert area.contains(Point(ahead.longitude, ahead.latitude))
    assert not area.contains(Point(behind.longitude, behind.latitude))


def test_a_herd_seen_at_one_place_may_go_anywhere_from_there() -> None:
    area = shape(whereabouts(VALLEY, DUSK, None, DUSK)[1].area)

    middle = area.centroid
    assert (middle.x, middle.y) == pytest.approx((VALLEY.longitude, VALLEY.latitude), abs=1e-5)


def test_where_herds_walk_slowly_the_whole_hour_lies_in_what_others_make_in_half_of_it() -> None:
    slow, usual = (
        [shape(each.area) for each in whereabouts(VALLEY, DUSK, SOUTH, DUSK, pace)]
        for pace in (0.45, 1.0)
    )

    assert usual[1].contains(slow[2])
    assert slow[2].contains(slow[1])


def test_of_a_herd_that_is_over_nothing_is_foretold() -> None:
    assert whereabouts(VALLEY, DUSK, SOUTH, DUSK + OVER_AFTER + MINUTE) == []


def test_what_lies_ahead_is_likelier_than_what_lies_behind() -> None:
    chances = [chance_of(1000, towards, SOUTH) for towards in (180, 225, 270, 0)]

    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 2 * chances[-1]


def test_the_farther_the_later() -> None:
    near, far = (arrival(metres, 180, SOUTH, DUSK, DUSK) for metres in (300, 2000))

    assert near is not None
    assert far is not None
    assert near.earliest_at < far.earliest_at
    assert near.latest_at < far.latest_at


def test_nobody_arrives_in_the_past_and_who_is_late_does_not_come() -> None:
    found = arrival(1100, 180, SOUTH, DUSK, DUSK + 30 * MINUTE)

    assert found is not None
    assert found.earliest_at == DUSK + 30 * MINUTE
    assert arrival(1100, 180, SOUTH, DUSK, DUSK + 180 * MINUTE) is None


def test_who_is_there_does_not_arrive() -> None:
    assert arrival(0, 180, SOUTH, DUSK, DUSK) is None


@given(
    st.floats(0, 20_000),
    st.floats(0, 360),
    st.none() | st.builds(Course, st.floats(0, 360), st.floats(0, 2)),
    st.integers(0, 300),
)
def test_a_forecast_is_one_or_none_but_never_nonsense(
    metres: float, towards: float, course: Course | None, minutes: int
) -> None:
    now = DUSK + minutes * MINUTE

    found = arrival(metres, towards, course, DUSK, now)

    assert 0 <= chance_of(metres, towards, course) <= 1
    if found is not None:
        assert found.chance >= COMES_FROM
        assert now <= found.earliest_at <= found.likely_at <= found.latest_at


@given(
    st.floats(-80, 80),
    st.floats(-179, 179),
    st.none() | st.builds(Course, st.floats(0, 360), st.floats(0, 2)),
)
def test_every_area_is_sound_and_holds_where_the_herd_was(
    latitude: float, longitude: float, course: Course | None
) -> None:
    for each in whereabouts(Position(latitude, longitude), DUSK, course, DUSK):
        area = shape(each.area)
        assert area.is_valid
        assert area.contains(Point(longitude, latitude))
        assert all(math.isfinite(number) for point in area.exterior.coords for number in point)


def test_where_herds_walk_slowly_they_come_later_and_one_herd_tells_little() -> None:
    here, there = VALLEY, place(1000, 0)
    took = timedelta(seconds=1000 / (0.5 * USUAL_M_PER_S))
    slow = (Stay(here, DUSK, DUSK, 3), Stay(there, DUSK + took, DUSK + took, 3))

    one, many = pace_of([slow]), pace_of([slow] * 400)

    assert 0.9 < one < 1
    assert many == pytest.approx(0.5, abs=0.03)
    usual, late = (arrival(500, 0, None, DUSK, DUSK, pace) for pace in (1.0, many))
    assert usual is not None
    assert late is not None
    assert late.likely_at - DUSK == pytest.approx((usual.likely_at - DUSK) / many, rel=0.01)
    assert late.latest_at <= DUSK + OVER_AFTER
