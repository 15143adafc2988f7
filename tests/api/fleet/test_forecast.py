from datetime import datetime, timedelta

import pytest

from api.fleet.forecast import blind_in, flat_in
from tests.api.world import DUSK


def days(*values: float) -> list[tuple[datetime, float]]:
    """Each day's low in the morning, and more at noon."""
    begins = DUSK.replace(hour=6)
    return [
        reading
        for n, low in enumerate(values)
        for reading in (
            (begins + timedelta(days=n), low),
            (begins + timedelta(days=n, hours=6), low + 15),
        )
    ]


def test_a_battery_that_falls_five_percent_a_day_is_flat_in_four_days() -> None:
    found = flat_in(days(60, 55, 50, 45, 40))

    assert found is not None
    assert found.days == pytest.approx(4)
    assert found.from_days == 5


def test_one_day_in_the_shade_is_no_trend() -> None:
    assert flat_in(days(80, 80, 40, 80, 80)) is None


def test_three_days_say_nothing() -> None:
    assert flat_in(days(60, 50, 40)) is None


def test_a_lens_that_clouds_over_is_seen_before_the_station_calls_it_blind() -> None:
    found = blind_in(days(*(1.0 - 0.08 * n for n in range(9))))

    assert found is not None
    assert 3 < found.days < 7


def test_a_sharp_lens_stays_sharp() -> None:
    assert blind_in(days(1.0, 0.9, 1.1, 1.0, 0.95, 1.0)) is None
