from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.contracts.messages import DetectionMessage, StoredKind
from edge_agent.outbox.letters import Kept, Letter, Steady
from edge_agent.redating import LEAST_STEP, as_of_now
from tests.edge_agent.builders import DUSK, a_message

DAY = timedelta(days=1)


def kept_at(at: datetime, message: DetectionMessage) -> Kept:
    """A row that was kept at this time, ten seconds after the machine started."""
    letter = Letter(StoredKind.DETECTION, str(message.id), message.revision)
    return Kept(letter, message.to_body(), at, at, Steady("one start", 10))


@pytest.mark.parametrize("step", [-DAY, DAY, timedelta(days=20_000)])
def test_a_clock_that_is_set_while_a_sighting_waits_takes_its_times_along(step: timedelta) -> None:
    message = a_message(
        captured_at=DUSK, last_seen_at=DUSK + timedelta(seconds=3), person_seen_at=DUSK
    )
    later = DUSK + timedelta(minutes=2)

    left = as_of_now(message, kept_at(DUSK, message), later + step, Steady("one start", 130))

    assert left.sent_at - left.captured_at == timedelta(minutes=2)
    assert left.captured_at == DUSK + step
    assert left.last_seen_at == left.captured_at + timedelta(seconds=3)
    assert left.person_seen_at == left.captured_at
    assert left.waited_s == 120


def test_a_picture_that_was_old_when_it_was_kept_stays_as_old() -> None:
    message = a_message(captured_at=DUSK - timedelta(hours=5))

    left = as_of_now(message, kept_at(DUSK, message), DUSK + DAY, Steady("one start", 70))

    assert left.sent_at - left.captured_at == timedelta(hours=5, minutes=1)


def test_a_day_without_power_is_a_day_and_no_step() -> None:
    message = a_message(captured_at=DUSK)

    left = as_of_now(message, kept_at(DUSK, message), DUSK + DAY, Steady("another start", 5))

    assert left.captured_at == DUSK
    assert (left.waited_s, left.outlived_power) == (5, True)


@given(st.floats(0, 1e6), st.floats(-4.9, 4.9))
def test_a_clock_that_is_only_pulled_right_moves_nothing(passed_s: float, off_s: float) -> None:
    assert timedelta(seconds=abs(off_s)) < LEAST_STEP
    message = a_message(captured_at=DUSK)
    now = DUSK + timedelta(seconds=passed_s + off_s)

    left = as_of_now(message, kept_at(DUSK, message), now, Steady("one start", 10 + passed_s))

    assert left.captured_at == DUSK
