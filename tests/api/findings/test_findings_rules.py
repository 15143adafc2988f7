from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from api.findings.rules import (
    BUCKET_S,
    Moon,
    Season,
    activity,
    history,
    moon_at,
    moon_lit,
    season_of,
)


def test_the_moon_of_the_worked_example() -> None:
    # Meeus, Astronomical Algorithms, example 48.a: 1992 April 12, 0h, k = 0.6786.
    assert moon_lit(datetime(1992, 4, 12, tzinfo=UTC)) == pytest.approx(0.6786, abs=0.01)


@pytest.mark.parametrize(
    ("moment", "moon"),
    [
        (datetime(2024, 4, 8, 18, 21, tzinfo=UTC), Moon.DARK),  # a total eclipse of the sun
        (datetime(2025, 3, 14, 6, 55, tzinfo=UTC), Moon.BRIGHT),  # a total eclipse of the moon
        (datetime(2024, 4, 15, 19, 13, tzinfo=UTC), Moon.HALF),  # first quarter
    ],
)
def test_eclipses_and_quarters(moment: datetime, moon: Moon) -> None:
    assert moon_at(moment) is moon


def test_an_hour_is_the_sites_own_though_it_is_half_an_hour_off() -> None:
    dusk = datetime(2026, 6, 1, 13, 30, tzinfo=UTC)  # 19:00 in India
    bucket = int(dusk.timestamp()) // BUCKET_S

    hours, by_moon, by_season = activity([(bucket, 3)], ZoneInfo("Asia/Kolkata"))

    assert hours[19] == 3
    assert sum(hours) == sum(map(sum, by_moon.values())) == 3
    assert by_season[Season.JUN_AUG][19] == 3


def test_december_is_of_the_season_of_january() -> None:
    assert season_of(date(2026, 12, 1)) is season_of(date(2027, 1, 31)) is Season.DEC_FEB


def test_a_camera_that_was_not_there_has_seen_no_absence() -> None:
    first = date(2026, 1, 5)
    active = {"new": (date(2026, 1, 14), date(2026, 2, 1)), "old": (first, date(2026, 1, 20))}

    found = history({"new": {3}}, active, first, 4, 7)

    assert found["new"] == [None, None, 0, 1]
    assert found["old"] == [0, 0, None, None]
