import sys
from statistics import median

import pytest

from detector.bench.contest import Contest, Record, Side, SideError, Took, hold

ANSWERS = """
import json, sys
print("loading, please wait")
print(json.dumps({"input_px": [640, 384]}), flush=True)
for line in sys.stdin:
    print(json.dumps({"wall_ms": %s, "cpu_ms": 1.0, "rss_mb": 50.0 + int(line)}), flush=True)
"""


def a_side(name: str, program: str) -> Side:
    return Side(name, (sys.executable, "-c", program))


def took(*wall_ms: float) -> Record:
    return Record(1.0, tuple(Took(one, 2 * one, None) for one in wall_ms))


def test_all_sides_see_the_same_frames_in_turn() -> None:
    rounds: list[int] = []

    contest = hold(
        [a_side("slow", ANSWERS % "30.0"), a_side("fast", ANSWERS % "10.0")],
        frames=2,
        rounds=5,
        on_round=lambda: rounds.append(1),
    )

    assert len(rounds) == 5
    assert [turn.rss_mb for turn in contest.records["slow"].turns] == [50, 51, 50, 51, 50]
    assert contest.ratio("slow", "fast") == {"wall": 3.0, "cpu": 1.0}
    assert contest.records["fast"].as_json()["rss_mb"] == 51.0
    assert contest.records["fast"].as_json()["input_px"] == (640, 384)


RESTLESS = """
import json, sys, threading, time
def spin():
    while True:
        pass
threading.Thread(target=spin, daemon=True).start()
print("{}", flush=True)
spent_s = time.process_time()
for line in sys.stdin:
    spent_ms = 1000 * (time.process_time() - spent_s)
    print(json.dumps({"wall_ms": 1.0, "cpu_ms": spent_ms, "rss_mb": None}), flush=True)
    spent_s = time.process_time()
"""
SLOW = """
import json, sys, time
print("{}", flush=True)
for line in sys.stdin:
    time.sleep(0.2)
    print(json.dumps({"wall_ms": 200.0, "cpu_ms": 0.0, "rss_mb": None}), flush=True)
"""


def test_who_is_restless_takes_nothing_from_the_side_whose_turn_it_is() -> None:
    contest = hold(
        [a_side("restless", RESTLESS), a_side("slow", SLOW)],
        frames=1,
        rounds=4,
        on_round=lambda: None,
    )

    between_turns = [turn.cpu_ms for turn in contest.records["restless"].turns]
    assert median(between_turns) < 100


def test_who_cannot_start_is_named_with_its_reason_and_the_others_go_on() -> None:
    contest = hold(
        [
            a_side("absent", "import a_package_that_nobody_has"),
            Side("nowhere", ("/there/is/no/python",)),
            a_side("ours", ANSWERS % "10.0"),
        ],
        frames=1,
        rounds=2,
        on_round=lambda: None,
    )

    assert set(contest.records) == {"ours"}
    assert "No module named 'a_package_that_nobody_has'" in contest.not_measured["absent"]
    assert "No such file" in contest.not_measured["nowhere"]


def test_who_stops_on_the_way_ends_the_contest() -> None:
    weary = ANSWERS.replace("for line in sys.stdin:", "for line in [sys.stdin.readline()]:")

    with pytest.raises(SideError, match="weary stopped"):
        hold([a_side("weary", weary % "1.0")], frames=1, rounds=3, on_round=lambda: None)


def test_one_round_in_which_the_machine_was_busy_does_not_move_the_ratio() -> None:
    quiet_but_for_one = Contest({"a": took(11, 11, 990), "b": took(10, 10, 900)}, {})

    assert quiet_but_for_one.ratio("a", "b") == {"wall": 1.1, "cpu": 1.1}
    assert quiet_but_for_one.ratio("a", "nobody") is None
