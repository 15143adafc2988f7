from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.herds.measure import JOINS_WITHIN
from api.herds.rules import (
    LONGEST_PATH,
    Path,
    Stay,
    could_have_walked,
    course_of,
    fits,
    likeliest_herd,
    with_sighting,
)
from api.position import Position
from tests.api.world import DUSK, VALLEY, place

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass
class HerdTrace:
    herd_id: int
    path: Path
    count: int = 3


def a_stay(position: Position = VALLEY, at: datetime = DUSK, count: int = 3) -> Stay:
    return Stay(position, at, at, count)


def a_herd(herd_id: int, position: Position, at: datetime = DUSK, count: int = 3) -> HerdTrace:
    return HerdTrace(herd_id, (a_stay(position, at, count),), count)


def test_a_place_too_far_to_walk_to_is_another_herd() -> None:
    assert could_have_walked(a_stay(), place(7600, 0), DUSK + HOUR)  # 500 m + 7200 m
    assert not could_have_walked(a_stay(), place(7800, 0), DUSK + HOUR)


def test_news_from_before_can_belong_to_the_herd_too() -> None:
    assert could_have_walked(a_stay(), place(7600, 0), DUSK - HOUR)


def test_nobody_follows_a_herd_that_was_not_seen_for_hours() -> None:
    assert could_have_walked(a_stay(), VALLEY, DUSK + JOINS_WITHIN)
    assert not could_have_walked(a_stay(), VALLEY, DUSK + JOINS_WITHIN + timedelta(seconds=1))


def test_a_late_sighting_must_fit_between_what_came_before_and_after_it() -> None:
    path = (a_stay(VALLEY), a_stay(place(2000, 0), DUSK + 20 * MINUTE))

    assert fits(path, place(1000, 0), DUSK + 10 * MINUTE)
    # It could have come here from the first place, but not gone on to the second in time.
    assert not fits(path, place(-1500, 0), DUSK + 10 * MINUTE)


def test_of_two_herds_in_reach_the_nearer_is_joined() -> None:
    herds = [a_herd(1, place(700, 0)), a_herd(2, place(-400, 0))]

    herd = likeliest_herd(herds, VALLEY, DUSK + 10 * MINUTE, 3)

    assert herd is not None
    assert herd.herd_id == 2


def test_a_dozen_elephants_are_not_the_lonely_bull_that_was_a_little_nearer() -> None:
    herds = [a_herd(1, place(400, 0), count=1), a_herd(2, place(-700, 0), count=10)]

    herd = likeliest_herd(herds, VALLEY, DUSK + 20 * MINUTE, 9)

    assert herd is not None
    assert herd.herd_id == 2


def test_what_could_just_have_been_walked_but_hardly_ever_is_is_another_herd() -> None:
    assert likeliest_herd([a_herd(1, VALLEY)], place(6000, 0), DUSK + HOUR, 3) is None
    assert likeliest_herd([a_herd(1, VALLEY)], place(2000, 0), DUSK + HOUR, 3) is not None


def test_a_course_leads_from_the_place_before_to_the_newest() -> None:
    path = with_sighting((), VALLEY, DUSK, 3)
    path = with_sighting(path, VALLEY, DUSK + 10 * MINUTE, 3)
    path = with_sighting(path, place(0, -900), DUSK + 40 * MINUTE, 3)

    course = course_of(path)

    assert course is not None
    assert course.heading_deg == pytest.approx(180, abs=0.1)
    assert course.speed_m_per_s == pytest.approx(0.5, abs=0.01)


def test_who_took_hours_from_camera_to_camera_has_no_course() -> None:
    path = (a_stay(), a_stay(place(1000, 0), DUSK + 3 * HOUR))

    assert course_of(path) is None
    assert course_of(()) is None


def test_a_herd_before_a_camera_stays_and_one_that_comes_back_stays_anew() -> None:
    path = with_sighting((), VALLEY, DUSK, 2)
    path = with_sighting(path, VALLEY, DUSK + 5 * MINUTE, 4)
    path = with_sighting(path, VALLEY, DUSK + 50 * MINUTE, 1)

    assert [(stay.since - DUSK, stay.until - DUSK, stay.count) for stay in path] == [
        (0 * MINUTE, 5 * MINUTE, 4),
        (50 * MINUTE, 50 * MINUTE, 1),
    ]


sights = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 600), st.integers(1, 9)), min_size=1, max_size=30
)


@given(sights)
def test_a_path_is_in_order_and_short_whatever_comes_when(seen: list[tuple[int, int, int]]) -> None:
    path: Path = ()
    for where, minute, count in seen:
        path = with_sighting(path, place(1000 * where, 0), DUSK + minute * MINUTE, count)

    assert [stay.since for stay in path] == sorted(stay.since for stay in path)
    assert all(stay.since <= stay.until for stay in path)
    assert len(path) <= LONGEST_PATH
    newest = max(minute for _, minute, _ in seen)
    assert max(stay.until for stay in path) == DUSK + newest * MINUTE
