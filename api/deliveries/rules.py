"""When a delivery goes out, how urgent it is, when it is tried again, and when it is too late."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from api.tables import AlertLevel, AlertState

RELIEF_LIFETIME = timedelta(hours=4)  # who was warned should also hear the end of it
LEASE = timedelta(seconds=20)  # a dispatcher that died gives its claims back after this
LONGEST_WAIT_S = 120.0
SHORTEST_LIFE = timedelta(seconds=10)


class Occasion(StrEnum):
    """Why a phone is rung: once for each."""

    WATCH = "watch"
    WARNING = "warning"
    DANGER = "danger"
    ALL_CLEAR = "all_clear"
    RETRACTED = "retracted"


ALARMS = frozenset({Occasion.WATCH, Occasion.WARNING, Occasion.DANGER})

PRIORITY: dict[Occasion, int] = {
    Occasion.DANGER: 40,
    Occasion.WARNING: 30,
    Occasion.WATCH: 20,
    Occasion.RETRACTED: 10,
    Occasion.ALL_CLEAR: 10,
}

_CLOSINGS = {
    AlertState.ALL_CLEAR: Occasion.ALL_CLEAR,
    AlertState.RETRACTED: Occasion.RETRACTED,
}


def occasion_of_level(level: AlertLevel) -> Occasion:
    """Return the occasion of an alert that reaches a level."""
    return Occasion(level)


def occasion_of_state(state: AlertState) -> Occasion | None:
    """Return the occasion of an alert that ends so; None if nobody is rung for it."""
    return _CLOSINGS.get(state)


def alarm_expires_at(captured_at: datetime, now: datetime, horizon: timedelta) -> datetime:
    """Return when an alarm is no news any more; one that is due now has a moment left to go out."""
    return max(captured_at + horizon, now + SHORTEST_LIFE)


def try_again_after_s(attempts: int, jitter: float, asked_s: float | None) -> float:
    """Return how long to wait before the next try.

    Twice as long each time, spread by `jitter` (0 to 1) so that a push service that comes back is
    not hit by all at once. What the service asks for is respected, within the life of a warning.
    """
    wait_s = min(2.0 ** min(attempts, 10), 60.0) * (0.5 + 0.5 * jitter)
    return min(max(wait_s, asked_s or 0.0), LONGEST_WAIT_S)


def told_at(at: datetime, created_at: datetime, now: datetime) -> datetime:
    """Return a phone's time within what is possible: its clock may be wrong."""
    return min(max(at, created_at), now)


def delivery_token(secret: bytes, delivery_id: str) -> str:
    """Make what a phone shows to speak of one delivery without being signed in."""
    mac = hmac.new(secret, b"trunkline delivery\n" + delivery_id.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()


def is_token(secret: bytes, delivery_id: str, token: str) -> bool:
    """Whether the token belongs to the delivery."""
    return hmac.compare_digest(
        delivery_token(secret, delivery_id).encode(), token.encode("utf-8", "replace")
    )
