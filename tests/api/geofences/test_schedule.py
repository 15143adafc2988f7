from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.geofences.schedule import DAYS, Schedule, read_schedule

BEIJING = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, tzinfo=BEIJING)


def schedule(*hours: dict[str, Any], zone: ZoneInfo = BEIJING) -> Schedule:
    found = read_schedule(hours, zone)
    assert found is not None
    return found


def hours(start: str, end: str, *days: str) -> dict[str, Any]:
    return {"days": list(days or DAYS), "from": start, "until": end}


def test_without_hours_it_counts_always() -> None:
    assert read_schedule([], BEIJING) is None
    assert read_schedule(None, BEIJING) is None


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"),
    [(6, 29, False), (6, 30, True), (7, 59, True), (8, 0, False)],
)
def test_a_school_way_counts_from_the_first_minute_to_before_the_last(
    hour: int, minute: int, is_open: bool
) -> None:
    morning = schedule(hours("06:30", "08:00", "mon"))

    assert morning.is_open(MONDAY.replace(hour=hour, minute=minute)) is is_open


def test_hours_are_the_site_s_and_not_the_server_s() -> None:
    morning = schedule(hours("06:30", "08:00", "mon"))

    # Half past seven in Beijing is still Sunday in Greenwich.
    assert morning.is_open(datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    assert not morning.is_open(datetime(2026, 11, 23, 7, 0, tzinfo=UTC))


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    friday_night = schedule(hours("22:00", "05:00", "fri"))
    friday = MONDAY + timedelta(days=4)

    assert friday_night.is_open(friday + timedelta(hours=23))
    assert friday_night.is_open(friday + timedelta(hours=28))  # Saturday, four in the morning
    assert not friday_night.is_open(friday + timedelta(hours=4))
    assert not friday_night.is_open(friday + timedelta(hours=29))


def test_from_midnight_to_midnight_is_the_whole_day() -> None:
    sunday = schedule(hours("00:00", "00:00", "sun"))

    assert sunday.is_open(MONDAY - timedelta(minutes=1))
    assert not sunday.is_open(MONDAY)


def test_clocks_that_are_put_back_open_twice_and_break_nothing() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = schedule(hours("02:00", "03:00", "sun"), zone=berlin)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert night.is_open(first)
    assert night.is_open(first + timedelta(hours=1))
    assert not night.is_open(first + timedelta(hours=2))


clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


@given(clocks, clocks, st.sets(st.sampled_from(DAYS), min_size=1), st.integers(0, 7 * 24 * 60 - 1))
def test_within_a_week_it_is_open_as_long_as_its_hours_are(
    start: str, end: str, days: set[str], minute: int
) -> None:
    one = schedule(hours(start, end, *days))
    moment = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minute)

    began, lasts = _minutes(start), (_minutes(end) - _minutes(start)) % 1440 or 1440
    spans = [1440 * DAYS.index(day) + began for day in days]
    expected = any((minute - span) % 10080 < lasts for span in spans)
    utc = Schedule(one.openings, UTC)
    assert utc.is_open(moment) is expected


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
