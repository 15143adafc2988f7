from datetime import timedelta
from typing import Any

import pytest

from api.fleet.rollout_rules import Member, Move, judge, stages_of, wished
from tests.api.world import DUSK

SOAK = timedelta(hours=1)


def a_member(**changes: Any) -> Member:
    fields: dict[str, Any] = {
        "name": "ridge",
        "outcome": "applied",
        "reason": "",
        "applied_at": DUSK,
        "last_seen_at": DUSK + timedelta(minutes=61),
        "blind": frozenset(),
        "blind_before": frozenset(),
    }
    return Member(**fields | changes)


def move_of(*members: Member, after: timedelta = timedelta(minutes=61)) -> tuple[Move, str]:
    verdict = judge(members, stage_at=DUSK, now=DUSK + after, soak=SOAK, is_last=False)
    return verdict.move, verdict.reason


@pytest.mark.parametrize("count", [1, 2, 3, 9, 40])
def test_the_first_is_alone_then_a_quarter_then_all(count: int) -> None:
    names = [str(n) for n in range(count)]

    stages = stages_of(names)

    assert [name for stage in stages for name in stage] == names
    assert len(stages[0]) == 1
    if count > 4:
        assert len(stages) == 3
        assert len(stages[1]) <= count / 4 + 1


def test_it_goes_on_once_the_stage_has_been_watched() -> None:
    assert move_of(a_member())[0] is Move.NEXT
    early = a_member(last_seen_at=DUSK)
    assert move_of(early, after=timedelta(minutes=10)) == (Move.WAIT, "watching")


def test_the_last_stage_ends_it() -> None:
    now = DUSK + timedelta(minutes=61)

    assert judge([a_member()], stage_at=DUSK, now=now, soak=SOAK, is_last=True).move is Move.FINISH


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (a_member(outcome="refused", reason="thresholds.day: no"), "refused it: thresholds.day"),
        (a_member(outcome="rolled_back", reason="not heard"), "rolled it back"),
        (a_member(last_seen_at=DUSK), "went silent"),
        (a_member(blind=frozenset({"ridge-1"})), "went blind at ridge-1"),
        (a_member(told=30, told_before=4.0), "tells 30 sightings where it told 4 before"),
    ],
)
def test_it_stops_by_itself_when_a_station_is_worse(member: Member, why: str) -> None:
    move, reason = move_of(member)

    assert move is Move.STOP
    assert why in reason


def test_a_camera_that_was_blind_before_stops_nothing() -> None:
    blind = frozenset({"ridge-1"})

    assert move_of(a_member(blind=blind, blind_before=blind))[0] is Move.NEXT


def test_a_station_on_a_bad_link_is_waited_for_but_not_for_ever() -> None:
    silent = a_member(outcome=None, applied_at=None, last_seen_at=None)

    assert move_of(silent, after=timedelta(hours=20))[0] is Move.WAIT
    assert move_of(silent, after=timedelta(hours=25)) == (
        Move.STOP,
        "ridge has not answered for 24 h",
    )


def test_merging_changes_only_what_it_names_and_null_takes_out() -> None:
    before = {"thresholds": {"day": 0.5, "thermal": 0.4}, "budgets": {"disk_mb": 100}}
    patch = {"thresholds": {"day": 0.6, "thermal": None}}

    assert wished(before, patch, "merge") == {
        "thresholds": {"day": 0.6},
        "budgets": {"disk_mb": 100},
    }
    assert wished(before, patch, "replace") == patch
