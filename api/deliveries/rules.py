"""When a delivery goes out, how urgent it is, when it is tried again, and when it is too late."""

import base64
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

# How bad an alarm is; what is not here is none.
ALARM_RANK: dict[Occasion, int] = {Occasion.WATCH: 1, Occasion.WARNING: 2, Occasion.DANGER: 3}

PRIORITY: dict[Occasion, int] = {
    Occasion.DANGER: 40,
    Occasion.WARNING: 30,
    Occasion.WATCH: 20,
    Occasion.RETRACTED: 10,
    Occasion.ALL_CLEAR: 10,
}

NEARNESS_STEPS = 1000  # within one occasion, the nearer goes first
NEARNESS_STEP_M = 10.0

# Danger rings again until the person answers; then again after these, then others must be told.
REPEATS_AFTER = (timedelta(seconds=60), timedelta(seconds=120), timedelta(seconds=240))


class RingsFrom(StrEnum):
    """From when on a way of reaching somebody is used."""

    WATCH = "watch"
    WARNING = "warning"
    DANGER = "danger"
    ESCALATION = "escalation"  # only when nobody has answered


_RINGS_FROM_RANK = {RingsFrom.WATCH: 1, RingsFrom.WARNING: 2, RingsFrom.DANGER: 3}

_CLOSINGS = {
    AlertState.ALL_CLEAR: Occasion.ALL_CLEAR,
    AlertState.RETRACTED: Occasion.RETRACTED,
}


def priority_of(occasion: Occasion, distance_m: float) -> int:
    """Return how urgent a delivery is: danger first, then the nearest."""
    far = min(max(0.0, distance_m) / NEARNESS_STEP_M, NEARNESS_STEPS - 1)
    return PRIORITY[occasion] * NEARNESS_STEPS + NEARNESS_STEPS - 1 - int(far)


def rings(rings_from: RingsFrom, occasion: Occasion) -> bool:
    """Whether an alarm rings there by itself, without being escalated."""
    rank = _RINGS_FROM_RANK.get(rings_from)
    return rank is not None and ALARM_RANK.get(occasion, 0) >= rank


def repeat_at(occasion: Occasion, rings_so_far: int, now: datetime) -> datetime | None:
    """Return when an alarm that has just gone out rings again; None if it does not."""
    if occasion is not Occasion.DANGER or not 1 <= rings_so_far <= len(REPEATS_AFTER):
        return None
    return now + REPEATS_AFTER[rings_so_far - 1]


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
    mac = hmac.digest(secret, b"trunkline delivery\n" + delivery_id.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def is_token(secret: bytes, delivery_id: str, token: str) -> bool:
    """Whether the token belongs to the delivery."""
    return hmac.compare_digest(
        delivery_token(secret, delivery_id).encode(), token.encode("utf-8", "replace")
    )
