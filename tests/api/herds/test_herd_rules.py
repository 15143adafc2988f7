from dataclasses import dataclass
from datetime import datetime, timedelta

from api.herds.rules import could_have_walked, nearest_herd
from api.position import Position
from tests.api.world import DUSK, VALLEY, place

HOUR = timedelta(hours=1)


@dataclass
class HerdTrace:
    herd_id: int
    position: Position
    last_seen_at: datetime


def test_a_place_too_far_to_walk_to_is_another_herd() -> None:
    trace = HerdTrace(1, VALLEY, DUSK)

    assert could_have_walked(trace, place(7200, 0), DUSK + HOUR)  # 500 m + 6840 m
    assert not could_have_walked(trace, place(7400, 0), DUSK + HOUR)


def test_news_from_before_can_belong_to_the_herd_too() -> None:
    trace = HerdTrace(1, VALLEY, DUSK)

    assert could_have_walked(trace, place(7200, 0), DUSK - HOUR)


def test_nobody_waits_for_a_herd_longer_than_three_hours() -> None:
    trace = HerdTrace(1, VALLEY, DUSK)

    assert could_have_walked(trace, VALLEY, DUSK + 3 * HOUR)
    assert not could_have_walked(trace, VALLEY, DUSK + 3 * HOUR + timedelta(seconds=1))


def test_of_two_herds_in_reach_the_nearer_is_joined() -> None:
    traces = [HerdTrace(1, place(400, 0), DUSK), HerdTrace(2, place(-300, 0), DUSK)]

    herd = nearest_herd(traces, VALLEY, DUSK)

    assert herd is not None
    assert herd.herd_id == 2
