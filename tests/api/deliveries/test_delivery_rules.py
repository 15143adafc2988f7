from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.deliveries.rules import (
    LONGEST_WAIT_S,
    PRIORITY,
    Occasion,
    alarm_expires_at,
    delivery_token,
    is_token,
    told_at,
    try_again_after_s,
)
from tests.api.world import DUSK

MINUTE = timedelta(minutes=1)


def test_danger_goes_out_before_everything() -> None:
    assert max(Occasion, key=PRIORITY.__getitem__) is Occasion.DANGER


def test_an_alarm_is_over_when_its_news_is_old() -> None:
    assert alarm_expires_at(DUSK, DUSK + MINUTE, 15 * MINUTE) == DUSK + 15 * MINUTE


def test_an_alarm_at_the_horizon_still_has_a_moment_to_go_out() -> None:
    assert alarm_expires_at(DUSK, DUSK + 15 * MINUTE, 15 * MINUTE) > DUSK + 15 * MINUTE


@given(st.integers(1, 10_000), st.floats(0, 1), st.none() | st.floats(0, 1e9))
def test_every_wait_is_within_the_life_of_a_warning(
    attempts: int, jitter: float, asked_s: float | None
) -> None:
    assert 1 <= try_again_after_s(attempts, jitter, asked_s) <= LONGEST_WAIT_S


def test_what_the_push_service_asks_for_is_respected() -> None:
    assert try_again_after_s(1, 0, asked_s=45) == 45


@pytest.mark.parametrize(
    ("at", "kept"),
    [(DUSK - MINUTE, DUSK), (DUSK + MINUTE, DUSK + MINUTE), (DUSK + 9 * MINUTE, DUSK + 2 * MINUTE)],
)
def test_a_phone_with_a_wrong_clock_proves_nothing_impossible(at: datetime, kept: datetime) -> None:
    assert told_at(at, created_at=DUSK, now=DUSK + 2 * MINUTE) == kept


@given(st.binary(min_size=32, max_size=32), st.text(), st.text())
def test_a_token_opens_one_delivery_alone(secret: bytes, mine: str, other: str) -> None:
    token = delivery_token(secret, mine)

    assert is_token(secret, mine, token)
    assert is_token(secret, other, token) == (mine == other)
    assert not is_token(secret, mine, other)
