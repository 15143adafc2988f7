"""What a station's words mean for what we show of it."""

import secrets
from datetime import datetime, timedelta

from edge_agent.contracts.messages import StationState
from edge_agent.contracts.seal import KEY_BYTES

# A last will is written when its connection begins, so it is a little older than that connection's
# "online". Older than this, it belongs to a connection that was replaced since.
WILL_OLDER_BY = timedelta(seconds=60)


def new_key() -> bytes:
    """Make a station's secret."""
    return secrets.token_bytes(KEY_BYTES)


def believes_status(
    state: StationState, at: datetime, *, known_at: datetime | None, is_replayed: bool
) -> bool:
    """Whether a status says something newer than we know.

    The broker replays a retained status when we subscribe: that is no sign of life, and may be old.
    """
    if known_at is None:
        return True
    if state is StationState.OFFLINE and not is_replayed:
        return at >= known_at - WILL_OLDER_BY
    return at > known_at
