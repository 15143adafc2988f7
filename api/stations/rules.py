"""What a station's words mean for what we show of it."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from edge_agent.contracts.messages import StationState
from edge_agent.contracts.seal import KEY_BYTES

# A last will is written when its connection begins, so it is a little older than that connection's
# "online". Older than this, it belongs to a connection that was replaced since.
WILL_OLDER_BY = timedelta(seconds=60)


def new_key() -> bytes:
    """Make a station's secret."""
    return secrets.token_bytes(KEY_BYTES)


# No word that comes live is so much older than what is known: its station's clock was set back.
SET_BACK_BY = timedelta(hours=1)

# What a health report showed of its station's clock is worth something for so long.
CLOCK_KNOWN_FOR = timedelta(minutes=10)
# Less is the way through the network, and no wrong clock.
BEHIND_AT_LEAST = timedelta(minutes=1)


def clock_behind(health: Mapping[str, Any], now: datetime) -> timedelta:
    """Return by how much a station's clock is behind ours, as its last report shows; 0 if unknown.

    A report tells because no broker keeps it: when it comes, its station has just written it.
    `health` is the report as it is kept, with `heard_at`.
    """
    if "heard_at" not in health:
        return timedelta(0)
    heard_at = datetime.fromisoformat(health["heard_at"])
    behind = heard_at - datetime.fromisoformat(health["at"])
    is_known = now - heard_at <= CLOCK_KNOWN_FOR
    return behind if is_known and behind >= BEHIND_AT_LEAST else timedelta(0)


def believes_status(
    state: StationState, at: datetime, *, known_at: datetime | None, is_replayed: bool
) -> bool:
    """Whether a status says something newer than we know, both by the station's own clock.

    The broker replays a retained status when we subscribe: that is no sign of life, and may be old.
    """
    if known_at is None:
        return True
    if is_replayed:
        return at > known_at
    if known_at - at > SET_BACK_BY:
        return True
    if state is StationState.OFFLINE:
        return at >= known_at - WILL_OLDER_BY
    return at > known_at


def status_time(at: datetime, *, known_at: datetime | None) -> datetime:
    """Return the time of the status that is believed; a will's is its connection's, not older."""
    if known_at is None or known_at - at > SET_BACK_BY:
        return at
    return max(at, known_at)


def believes_health(at: datetime, *, known_at: datetime | None) -> bool:
    """Whether a health report says that the station lives: brokers keep none for later.

    A little older than the last status it was overtaken by that; much older, a clock was set back.
    """
    return known_at is None or at > known_at or known_at - at > WILL_OLDER_BY
