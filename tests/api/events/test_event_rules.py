import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.events.rules import (
    Timings,
    Told,
    elephants_in,
    heading_of,
    is_news,
    nearest_span,
    seen_at,
    taken_at,
    told_together,
)
from api.events.store import sighting_of, source_of
from api.tables import Station
from edge_agent.contracts.messages import DetectionMessage
from tests.api.world import DUSK, a_message, seen

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


def going(*sides: str | None, looks_deg: float | None) -> DetectionMessage:
    animals = [seen("elephant") | {"moving": side} for side in sides]
    return a_message(animals=animals, looks_deg=looks_deg)


@pytest.mark.parametrize(
    ("sides", "looks_deg", "heading_deg"),
    [
        (("left",), 45.0, 315.0),
        (("towards", None), 350.0, 170.0),
        (("left", "away"), 90.0, 45.0),
        (("left", "right"), 90.0, None),
        (("left",), None, None),
        (("uphill",), 90.0, None),
    ],
    ids=["aside", "here", "between", "apart", "who knows where it looks", "a newer station's"],
)
def test_where_they_go_by_the_compass(
    sides: tuple[str | None, ...], looks_deg: float | None, heading_deg: float | None
) -> None:
    found = heading_of(going(*sides, looks_deg=looks_deg))

    assert found == (None if heading_deg is None else pytest.approx(heading_deg))


@given(
    st.lists(st.sampled_from(["left", "right", "towards", "away", None]), min_size=1, max_size=9),
    st.floats(0, 360),
    st.floats(0, 360),
)
def test_a_camera_that_is_turned_turns_where_they_go(
    sides: list[str | None], looks_deg: float, turned_deg: float
) -> None:
    before = heading_of(going(*sides, looks_deg=looks_deg))
    after = heading_of(going(*sides, looks_deg=(looks_deg + turned_deg) % 360))

    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert 0 <= after < 360
        assert math.cos(math.radians(after - before - turned_deg)) == pytest.approx(1)


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
