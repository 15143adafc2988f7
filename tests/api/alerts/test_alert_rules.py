from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from api.alerts.rules import (
    LAPSES_AFTER,
    MOVES,
    Facts,
    grown,
    has_lapsed,
    is_open,
    lapses_at,
    move,
    state_after_answer,
)
from api.errors import IllegalMoveError
from api.tables import AlertLevel, AlertState, AnswerKind, Role

DUSK = datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("current", "wanted"), list(product(AlertState, AlertState)))
def test_only_the_moves_of_the_table_are_possible(current: AlertState, wanted: AlertState) -> None:
    if wanted in MOVES[current]:
        assert move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMoveError, match=f"{current} cannot become {wanted}"):
            move(current, wanted)


def test_nothing_leads_back_to_raised_and_an_end_is_an_end() -> None:
    assert all(AlertState.RAISED not in wanted for wanted in MOVES.values())
    assert {state for state in AlertState if not is_open(state)} == {
        AlertState.ALL_CLEAR,
        AlertState.RETRACTED,
    }


@pytest.mark.parametrize(
    ("kind", "role", "state"),
    [
        (AnswerKind.SEEN, Role.VILLAGER, AlertState.ACKNOWLEDGED),
        (AnswerKind.ON_MY_WAY, Role.VILLAGER, AlertState.ACKNOWLEDGED),
        (AnswerKind.FALSE_ALARM, Role.VILLAGER, None),
        (AnswerKind.ALL_CLEAR, Role.VILLAGER, None),
        (AnswerKind.FALSE_ALARM, Role.RANGER, AlertState.RETRACTED),
        (AnswerKind.ALL_CLEAR, Role.ADMINISTRATOR, AlertState.ALL_CLEAR),
    ],
)
def test_whose_word_moves_an_alert(kind: AnswerKind, role: Role, state: AlertState | None) -> None:
    assert answer(AlertState.RAISED, kind, role) is state


@pytest.mark.parametrize(("state", "kind"), list(product(AlertState, AnswerKind)))
def test_no_answer_makes_an_illegal_move(state: AlertState, kind: AnswerKind) -> None:
    wanted = answer(state, kind, Role.ADMINISTRATOR)

    assert wanted is None or wanted in MOVES[state]


def test_an_all_clear_from_before_the_newest_sighting_clears_nothing() -> None:
    late = {"answered_at": DUSK, "seen_at": DUSK + 6 * MINUTE}

    assert state_after_answer(AlertState.RAISED, AnswerKind.ALL_CLEAR, Role.RANGER, **late) is None
    # To have seen it is true all the same.
    assert state_after_answer(AlertState.RAISED, AnswerKind.SEEN, Role.RANGER, **late) is not None


def test_an_alert_never_gets_milder_by_itself() -> None:
    near = facts(AlertLevel.DANGER, count=4, distance_m=0)
    far = facts(AlertLevel.WATCH, count=1, distance_m=900, captured_at=DUSK + MINUTE)

    after = grown(near, far)

    assert (after.level, after.count) == (AlertLevel.DANGER, 4)
    assert after.distance_m == 900


def test_growth_is_the_same_in_any_order() -> None:
    one = facts(AlertLevel.WATCH, count=3, distance_m=900)
    other = facts(AlertLevel.WARNING, count=1, distance_m=200, captured_at=DUSK + MINUTE)

    assert grown(one, other) == grown(other, one)


def answer(state: AlertState, kind: AnswerKind, role: Role) -> AlertState | None:
    return state_after_answer(state, kind, role, answered_at=DUSK, seen_at=DUSK)


def facts(
    level: AlertLevel, *, count: int, distance_m: float, captured_at: datetime = DUSK
) -> Facts:
    return Facts(level, count, distance_m, 90.0, captured_at, f"detection at {captured_at}")


def test_an_alert_lapses_after_its_last_moment_and_not_in_it() -> None:
    last = lapses_at(DUSK)

    assert last - DUSK == LAPSES_AFTER
    assert not has_lapsed(DUSK, last)
    assert has_lapsed(DUSK, last + timedelta(microseconds=1))
