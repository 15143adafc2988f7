from datetime import timedelta

import pytest

from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import ClockState
from edge_agent.contracts.siren import SirenOrder
from edge_agent.siren.rules import Policy, why_not_obeyed, why_silent_for_elephant
from tests.edge_agent.builders import DUSK

MINUTES_5 = timedelta(minutes=5)
REAL = Policy(MINUTES_5, is_simulated=False, drill_siren=False)
DRILL = Policy(MINUTES_5, is_simulated=True, drill_siren=False)
LOUD_DRILL = Policy(MINUTES_5, is_simulated=True, drill_siren=True)


def an_order(seconds: float) -> SirenOrder:
    return SirenOrder(id=uuid7(), sent_at=DUSK, seconds=seconds)


@pytest.mark.parametrize(
    ("policy", "late_by_s", "quiet_for_s", "is_silent"),
    [
        (REAL, 1, None, False),
        (REAL, 1, 299, True),
        (REAL, 1, 301, False),
        (REAL, 86_400, None, True),
        (REAL, -86_400, None, True),
        (DRILL, 1, None, True),
        (LOUD_DRILL, 1, None, False),
    ],
    ids=[
        "an elephant now",
        "it has just sounded",
        "it sounded a while ago",
        "yesterday's picture",
        "a picture of tomorrow",
        "a drill is silent",
        "unless the config says otherwise",
    ],
)
def test_who_makes_the_siren_sound(
    policy: Policy, late_by_s: float, quiet_for_s: float | None, is_silent: bool
) -> None:
    quiet_for = None if quiet_for_s is None else timedelta(seconds=quiet_for_s)

    reason = why_silent_for_elephant(
        policy, DUSK, DUSK + timedelta(seconds=late_by_s), quiet_for=quiet_for
    )

    assert (reason is not None) == is_silent


@pytest.mark.parametrize(
    ("policy", "seconds", "late_by_s", "clock", "is_known", "is_obeyed"),
    [
        (REAL, 5, 1, ClockState.SYNCHRONISED, False, True),
        (REAL, 5, 1, ClockState.SYNCHRONISED, True, False),
        (REAL, 5, 120, ClockState.SYNCHRONISED, False, False),
        (REAL, 5, 120, ClockState.UNSET, False, True),
        (DRILL, 5, 1, ClockState.SYNCHRONISED, False, False),
        (DRILL, 0, 1, ClockState.SYNCHRONISED, False, True),
    ],
    ids=[
        "an order",
        "the same order again",
        "an order that was kept back and let go later",
        "a station that cannot tell the time obeys",
        "a station of drills makes no noise",
        "but may always be silenced",
    ],
)
def test_which_orders_are_obeyed(
    policy: Policy,
    seconds: float,
    late_by_s: float,
    clock: ClockState,
    is_known: bool,
    is_obeyed: bool,
) -> None:
    reason = why_not_obeyed(
        policy,
        an_order(seconds),
        DUSK + timedelta(seconds=late_by_s),
        clock,
        is_known=is_known,
    )

    assert (reason is None) == is_obeyed
