"""What other systems are told of, how it is signed, and when it is tried again."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from api.ledger.turns import Turn
from api.position import (
    BLURRED_UNCERTAINTY_M,
    EXACT_UNCERTAINTY_M,
    Position,
    blurred,
    blurred_bearing_deg,
    blurred_distance_m,
)
from api.tables import LEVELS, AlertLevel

GIVE_UP_AFTER = timedelta(hours=24)
LONGEST_WAIT_S = 3600.0
SECRET_PREFIX = "whsec_"  # noqa: S105 - as Standard Webhooks spells secrets
_SECRET_BYTES = 32


class Outcome(StrEnum):
    """How one request ended."""

    SENT = "sent"
    TRY_AGAIN = "try_again"
    GONE = "gone"  # the address says that it wants nothing any more
    REFUSED = "refused"  # this server may not call there


@dataclass(frozen=True, slots=True)
class Told:
    """How one request ended, in words, and what the thing is called over there."""

    outcome: Outcome
    detail: str
    remote_id: str | None = None
    retry_after_s: float | None = None


def is_wanted(turn: Turn, from_level: AlertLevel) -> bool:
    """Whether an alert has come to the level from which on a system wants to be told."""
    return LEVELS.index(turn.level) >= LEVELS.index(from_level)


def body_of(turn: Turn, geofence: str, station: Position, *, is_exact: bool) -> dict[str, Any]:
    """Return what a system is told of a turn; exact, or as a villager may know it."""
    place = station if is_exact else blurred(station)
    distance, bearing = turn.distance_m, turn.bearing_deg
    return {
        "type": f"alert.{turn.kind}",
        "timestamp": _spelt(turn.at),
        "data": {
            "alert_id": turn.alert_id,
            "site": turn.site_id,
            "ledger_number": turn.number,
            "sighting_id": turn.detection_id,
            "simulated": turn.simulated,
            "level": str(turn.level),
            "state": str(turn.state),
            "count": turn.count,
            "geofence": {"id": turn.geofence_id, "name": geofence},
            "captured_at": _spelt(turn.captured_at),
            "distance_m": distance if is_exact else blurred_distance_m(distance),
            "bearing_deg": bearing if is_exact else blurred_bearing_deg(bearing),
            "position": {
                "latitude": place.latitude,
                "longitude": place.longitude,
                "uncertainty_m": EXACT_UNCERTAINTY_M if is_exact else BLURRED_UNCERTAINTY_M,
            },
        },
    }


def new_secret() -> str:
    """Draw a webhook's secret, spelt as Standard Webhooks spells it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(secret: str, message_id: str, body: bytes, now: datetime) -> Mapping[str, str]:
    """Return the headers of Standard Webhooks 1.0: HMAC-SHA256 over id, time and body."""
    at = str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    mac = hmac.new(key, b".".join([message_id.encode(), at.encode(), body]), hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(mac.digest()).decode()}",
    }


def try_again_after_s(attempts: int, jitter: float, asked_s: float | None) -> float:
    """Return how long to wait after so many tries: 4 s, 16 s, 1 min, … an hour, and a jitter."""
    wait_s = min(4.0 ** min(attempts, 8), LONGEST_WAIT_S) * (0.75 + 0.25 * jitter)
    return min(max(wait_s, asked_s or 0.0), LONGEST_WAIT_S)


def _spelt(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
