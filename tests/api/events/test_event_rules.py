from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.events.rules import (
    Timings,
    Told,
    elephants_in,
    is_news,
    nearest_span,
    seen_at,
    taken_at,
    told_together,
)
from api.events.store import sighting_of, source_of
from api.tables import Station
from tests.api.world import DUSK, a_message

MINUTE = timedelta(minutes=1)
SILENCE = 10 * MINUTE


@dataclass
class EventSpan:
    event_id: int
    started_at: datetime
    ended_at: datetime


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


def test_what_waited_on_the_station_was_seen_before_it_came() -> None:
    ahead = a_message(captured_at=DUSK + 60 * MINUTE, waited_s=120.0)

    assert seen_at(ahead, now=DUSK) == DUSK - 2 * MINUTE


def test_elephants_that_are_still_there_were_seen_now_but_not_photographed_now() -> None:
    message = a_message(captured_at=DUSK - 20 * MINUTE, last_seen_at=DUSK - MINUTE)

    seen = seen_at(message, now=DUSK)

    assert seen == DUSK - MINUTE
    assert taken_at(message, seen) == DUSK - 20 * MINUTE


@pytest.mark.parametrize("year", [1, 9999])
def test_a_senseless_time_breaks_nothing(year: int) -> None:
    message = a_message(
        captured_at=DUSK.replace(year=1), last_seen_at=DUSK.replace(year=year), waited_s=1e300
    )

    assert taken_at(message, seen_at(message, now=DUSK)) <= DUSK


def test_a_station_that_counted_more_elephants_than_the_frame_shows_is_believed() -> None:
    assert elephants_in(a_message("elephant", "person", count=4)) == 4
    assert elephants_in(a_message("elephant", "elephant")) == 2


def told_at(minute: int, number: int) -> Told:
    message = a_message(captured_at=DUSK + minute * MINUTE)
    station = Station(id=1, site_id="valley", latitude=21.97, longitude=100.86, simulated=False)
    now = DUSK + timedelta(days=2)
    return Told(number, sighting_of(source_of(station), message, now, Timings()), message)


@given(st.lists(st.integers(-2000, 2000)))
def test_no_part_of_a_batch_is_longer_than_allowed_and_none_is_lost(minutes: list[int]) -> None:
    told = [told_at(minute, number) for number, minute in enumerate(minutes)]

    parts = told_together(told, 120 * MINUTE)

    assert sorted(each.number for part in parts for each in part) == list(range(len(told)))
    for part in parts:
        seen = [each.sighting.seen_at for each in part]
        assert max(seen) - min(seen) <= 120 * MINUTE
        assert [each.number for each in part] == sorted(each.number for each in part)
