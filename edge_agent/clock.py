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


class _Timex(ctypes.Structure):
    """The beginning of the kernel's `struct timex`; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("largest_error_us", ctypes.c_long),
        ("estimated_error_us", ctypes.c_long),
        ("room", ctypes.c_char * _TIMEX_BYTES),
    )


def clock_error_ms() -> float | None:
    """Return how far off the time service thinks the clock is; None if nobody keeps it right."""
    state, answer = _ask_kernel()
    return answer.estimated_error_us / 1000 if 0 <= state < _NOT_SYNCHRONISED else None


def _is_disciplined() -> bool:
    state, _ = _ask_kernel()
    return 0 <= state < _NOT_SYNCHRONISED


def _ask_kernel() -> tuple[int, _Timex]:
    answer = _Timex()
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.byref(answer))
    except (OSError, AttributeError):
        state = _NOT_SYNCHRONISED  # not Linux: nobody to ask
    return state, answer
