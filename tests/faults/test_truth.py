"""What `make faults` may call lost, doubled, missed and rung twice."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.killing import SHARES, schedule, shares_of, shares_with
from tests.faults.truth import (
    Decision,
    Ring,
    Row,
    Seen,
    Shot,
    Verdict,
    doubled,
    lost,
    missed,
    rung_twice,
    together,
)

DUSK = datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
SHOT = Shot("valley-00", "fields-1", DUSK)
LATER = replace(SHOT, captured_at=DUSK + timedelta(seconds=2))
ROW = Row("one", SHOT)
DECISION = Decision("phone", "alert", 1, "danger")
RING = Ring("phone", "delivery", "alert", "danger")
REASON = (1, "danger")
GOOD = Verdict({"station": 3}, sightings=1, lost=0, doubled=0, alerts_missed=0, rung_twice=0)


def test_a_sighting_of_another_id_does_not_stand_in_for_a_lost_one() -> None:
    assert lost(Seen(frozenset({"two"}), frozenset()), [ROW]) == {"two"}


def test_a_picture_with_elephants_that_nobody_told_is_lost_without_any_log() -> None:
    assert len(lost(Seen(frozenset({"one"}), frozenset({SHOT, LATER})), [ROW])) == 1


def test_the_same_frame_under_two_ids_is_a_doubled_sighting() -> None:
    assert doubled([ROW, Row("two", SHOT), Row("three", LATER)]) == 1


def test_a_phone_that_rang_only_for_a_lower_level_missed_the_danger() -> None:
    assert len(missed(frozenset({1}), [DECISION], [replace(RING, level="watch")])) == 1


def test_a_geofence_without_any_alert_is_missed_though_no_phone_was_due() -> None:
    assert len(missed(frozenset({1, 2}), [DECISION], [RING])) == 1


def test_a_push_that_came_again_is_no_second_ring() -> None:
    assert rung_twice([RING, RING], {"delivery": REASON}) == 0


def test_a_second_alert_for_the_same_geofence_rings_twice() -> None:
    again = Ring("phone", "another delivery", "another alert", "danger")

    assert rung_twice([RING, again], dict.fromkeys(("delivery", "another delivery"), REASON)) == 1


def test_a_phone_may_ring_again_when_the_danger_grows() -> None:
    grown = Ring("phone", "another delivery", "alert", "danger")

    assert rung_twice([RING, grown], {"delivery": (1, "watch"), "another delivery": REASON}) == 0


def test_a_danger_that_nobody_answered_may_ring_again() -> None:
    assert rung_twice([RING, replace(RING, number=2)], {"delivery": REASON}) == 0


def test_a_ring_without_a_delivery_behind_it_is_one_too_many() -> None:
    assert rung_twice([RING], {}) == 1


@pytest.mark.parametrize(
    "broken",
    [
        replace(GOOD, lost=1),
        replace(GOOD, doubled=1),
        replace(GOOD, alerts_missed=1),
        replace(GOOD, rung_twice=1),
    ],
)
def test_one_broken_promise_spoils_the_night(broken: Verdict) -> None:
    assert GOOD.ok
    assert not broken.ok


def test_a_night_without_sightings_or_with_a_corrupt_outbox_is_not_ok() -> None:
    assert not replace(GOOD, sightings=0).ok
    assert not replace(GOOD, troubles=("outbox.db is corrupt",)).ok


def test_acts_are_added_up_into_one_last_line() -> None:
    other = Verdict(
        {"station": 1, "broker": 2}, 5, lost=1, doubled=0, alerts_missed=0, rung_twice=0
    )

    assert together([GOOD, other]).as_json() == {
        "kills": {"station": 4, "server": 0, "broker": 2, "database": 0},
        "sightings": 6,
        "lost": 1,
        "doubled": 0,
        "alerts_missed": 0,
        "rung_twice": 0,
        "ok": False,
    }


def test_even_few_kills_hit_every_kind_and_the_number_is_kept() -> None:
    order = schedule(8, list(SHARES), random.Random(1))

    assert len(order) == 8
    assert set(order) == set(SHARES)


def test_each_so_often_is_everybody_so_often() -> None:
    order = schedule(400, list(SHARES), random.Random(1), shares_of(list(SHARES)))

    assert Counter(order) == dict.fromkeys(SHARES, 100)


@pytest.mark.parametrize("kinds", [("station", "server"), tuple(SHARES)])
def test_who_asks_for_the_stations_gets_as_many_of_them(kinds: tuple[str, ...]) -> None:
    order = schedule(240, kinds, random.Random(1), shares_with(200 / 240))

    assert order.count("station") >= 200
    assert set(order) == set(kinds), "the others are still killed"
    assert set(schedule(9, kinds, random.Random(1), shares_with(1))) == {"station"}
