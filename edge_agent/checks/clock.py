"""Alerts go by the time of capture: a clock that is wrong makes news old, or old pictures news."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import edge_agent
from edge_agent.checks.answer import Answer, ok, warning, wrong
from edge_agent.clock import clock_error_ms, clock_state
from edge_agent.contracts.messages import ClockState

_SLACK = timedelta(minutes=5)
_LARGE_ERROR_MS = 1000.0


def check_clock(
    now: datetime, *, last_kept_at: datetime | None = None, installed_at: datetime | None = None
) -> Answer:
    """Hold the clock against the time service, this program's own age, and the newest message.

    Args:
        now: what the clock says.
        last_kept_at: when the newest message in the outbox was kept, if there is one.
        installed_at: when this program was put here; asked of its files if left out.
    """
    told, state = f"{now:%Y-%m-%d %H:%M:%S} UTC", clock_state(now)
    set_it = "set it (date -u -s …), or give the station a time service (chrony, GPS)"
    if state is ClockState.UNSET:
        return wrong("clock", f"{told}, was never set", set_it)
    installed_at = installed_at or _installed_at()
    if now < installed_at - _SLACK:
        return wrong("clock", f"{told}, before this program was installed", set_it)
    if last_kept_at is not None and now < last_kept_at - _SLACK:
        words = f"{told}, before the last message it kept ({last_kept_at:%Y-%m-%d %H:%M})"
        return wrong("clock", words, set_it)
    if state is ClockState.FREE_RUNNING:
        return warning(
            "clock", f"{told}, no time service keeps it right", "it will drift: " + set_it
        )
    error_ms = clock_error_ms()
    if error_ms is None:
        return ok("clock", f"{told}, synchronised")
    words = f"{told}, synchronised to within {error_ms:.0f} ms"
    if error_ms > _LARGE_ERROR_MS:
        return warning("clock", words, "the time service is far off: look at its sources")
    return ok("clock", words)


def _installed_at() -> datetime:
    return datetime.fromtimestamp(Path(edge_agent.__file__).stat().st_mtime, UTC)
