"""How far this machine's clock can be trusted."""

import ctypes
from datetime import UTC, datetime

from edge_agent.contracts.messages import ClockState

# No station ran before this was written: an earlier clock was never set.
_BEFORE_US = datetime(2026, 1, 1, tzinfo=UTC)
_NOT_SYNCHRONISED = 5  # adjtimex(2): TIME_ERROR
_TIMEX_BYTES = 512  # more than any platform's struct timex; zeroes ask and change nothing


def clock_state(now: datetime) -> ClockState:
    """Say whether the clock was ever set, and whether a time service disciplines it."""
    if now < _BEFORE_US:
        return ClockState.UNSET
    return ClockState.SYNCHRONISED if _is_disciplined() else ClockState.FREE_RUNNING


def _is_disciplined() -> bool:
    try:
        ask = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return False  # not Linux: nobody to ask
    answer: int = ask(ctypes.create_string_buffer(_TIMEX_BYTES))
    return 0 <= answer < _NOT_SYNCHRONISED
