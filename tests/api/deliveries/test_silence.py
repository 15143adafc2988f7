from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.deliveries.rules import (
    ALARM_RANK,
    NEARNESS_STEPS,
    REPEATS_AFTER,
    Occasion,
    RingsFrom,
    priority_of,
    repeat_at,
    rings,
)
from api.deliveries.silence import COOLDOWN, QUIET_HOURS, Rung, Wish, silenced_by
from tests.api.world import DUSK

NIGHT = Wish(quiet_from_min=22 * 60, quiet_until_min=5 * 60)
CALM = Wish(cooldown=timedelta(minutes=30))
CHINA = timezone(timedelta(hours=8))
ALARMS = sorted(ALARM_RANK)


def at(hour: int, minute: int = 0) -> datetime:
    """That time of day in China."""
    return datetime(2026, 11, 22, hour, minute, tzinfo=CHINA).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "is_quiet"),
    [(at(21, 59), False), (at(22), True), (at(0), True), (at(4, 59), True), (at(5), False)],
)
def test_quiet_hours_go_across_midnight_by_the_site_s_clock(now: datetime, is_quiet: bool) -> None:
    reason = silenced_by(Occasion.WARNING, NIGHT, [], now, CHINA)

    assert reason == (QUIET_HOURS if is_quiet else None)


@given(st.integers(0, 1439), st.integers(0, 1439), st.datetimes(timezones=st.just(UTC)))
def test_danger_is_never_kept_quiet(start: int, end: int, now: datetime) -> None:
    wish = Wish(start, end, timedelta(days=1))

    assert silenced_by(Occasion.DANGER, wish, [Rung(Occasion.DANGER, now)], now, UTC) is None


@pytest.mark.parametrize("occasion", [Occasion.ALL_CLEAR, Occasion.RETRACTED])
def test_the_end_of_an_alert_is_told_at_any_hour(occasion: Occasion) -> None:
    assert silenced_by(occasion, NIGHT, [], at(23), CHINA) is None


@pytest.mark.parametrize(
    ("before", "now", "is_silent"),
    [
        ("watch", "watch", True),
        ("watch", "warning", False),
        ("warning", "watch", True),
        ("danger", "warning", True),
        ("warning", "danger", False),
    ],
)
def test_a_cooldown_keeps_quiet_what_is_no_worse(before: str, now: str, is_silent: bool) -> None:
    rung = [Rung(Occasion(before), DUSK - timedelta(minutes=5))]

    reason = silenced_by(Occasion(now), CALM, rung, DUSK, UTC)

    assert reason == (COOLDOWN if is_silent else None)


def test_a_cooldown_ends() -> None:
    rung = [Rung(Occasion.WARNING, DUSK - timedelta(minutes=30))]

    assert silenced_by(Occasion.WARNING, CALM, rung, DUSK, UTC) is None


def test_the_worse_goes_first_and_then_the_nearer() -> None:
    order = [
        priority_of(Occasion.DANGER, 900),
        priority_of(Occasion.WARNING, 0),
        priority_of(Occasion.WARNING, 400),
        priority_of(Occasion.WATCH, 0),
        priority_of(Occasion.WATCH, 1e9),
        priority_of(Occasion.ALL_CLEAR, 0),
    ]

    assert order == sorted(order, reverse=True)
    assert len(set(order)) == len(order)


@given(st.floats(-10, 1e9, allow_nan=False), st.floats(-10, 1e9, allow_nan=False))
def test_no_distance_makes_a_warning_of_a_watch(one_m: float, other_m: float) -> None:
    assert priority_of(Occasion.WARNING, one_m) > priority_of(Occasion.WATCH, other_m)
    assert priority_of(Occasion.WATCH, one_m) % NEARNESS_STEPS >= 0


def test_danger_repeats_with_longer_pauses_and_then_stops() -> None:
    waits = []
    for ring in range(1, 10):
        again = repeat_at(Occasion.DANGER, ring, DUSK)
        waits += [again - DUSK] if again is not None else []

    assert tuple(waits) == REPEATS_AFTER == tuple(sorted(REPEATS_AFTER))
    assert repeat_at(Occasion.WARNING, 1, DUSK) is None


@pytest.mark.parametrize(
    ("rings_from", "occasions"),
    [
        (RingsFrom.WATCH, {"watch", "warning", "danger"}),
        (RingsFrom.WARNING, {"warning", "danger"}),
        (RingsFrom.DANGER, {"danger"}),
        (RingsFrom.ESCALATION, set()),
    ],
)
def test_each_way_rings_from_its_level_on(rings_from: RingsFrom, occasions: set[str]) -> None:
    assert {str(alarm) for alarm in ALARMS if rings(rings_from, alarm)} == occasions
