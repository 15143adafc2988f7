from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.events.rules import EventSpan, is_news, nearest_span, seen_at
from tests.api.world import DUSK, a_message

MINUTE = timedelta(minutes=1)
SILENCE = 10 * MINUTE


@pytest.mark.parametrize(
    ("clock", "captured_at", "sent_at", "seen"),
    [
        ("synchronised", DUSK - MINUTE, DUSK, DUSK - MINUTE),
        ("synchronised", DUSK + MINUTE, DUSK + MINUTE, DUSK),
        ("unset", DUSK - 3000 * MINUTE, DUSK - 2998 * MINUTE, DUSK - 2 * MINUTE),
        ("unset", datetime.min.replace(tzinfo=DUSK.tzinfo), DUSK, DUSK),
        ("unset", DUSK, DUSK - MINUTE, DUSK),
    ],
    ids=["a good clock", "ahead", "never set", "set in between", "set back in between"],
)
def test_when_it_was(clock: str, captured_at: datetime, sent_at: datetime, seen: datetime) -> None:
    message = a_message(clock=clock, captured_at=captured_at, sent_at=sent_at)

    assert seen_at(message, now=DUSK) == seen


def test_news_is_news_up_to_the_horizon() -> None:
    assert is_news(DUSK - 15 * MINUTE, DUSK, 15 * MINUTE)
    assert not is_news(DUSK - 15 * MINUTE - timedelta(seconds=1), DUSK, 15 * MINUTE)


@given(st.lists(st.integers(-60, 60), min_size=1), st.integers(-60, 60))
def test_the_nearest_event_in_time_is_continued(starts: list[int], at: int) -> None:
    spans = [
        EventSpan(number, DUSK + start * MINUTE, DUSK + (start + 5) * MINUTE)
        for number, start in enumerate(starts)
    ]
    gaps = [max(start - at, at - start - 5, 0) for start in starts]

    span = nearest_span(spans, DUSK + at * MINUTE, SILENCE)

    if min(gaps) > 10:
        assert span is None
    else:
        assert span is not None
        assert gaps[span.event_id] == min(gaps)
