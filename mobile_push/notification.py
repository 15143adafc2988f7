"""From an alert to the few words on a locked screen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

from mobile_push.base64url import to_base64url
from mobile_push.phrases import closest_language, phrase
from mobile_push.push_message import PushMessage, Urgency

Level = Literal["watch", "warning", "danger"]
State = Literal["raised", "acknowledged", "all_clear", "retracted"]

NEWS_LIFETIME = timedelta(minutes=15)
"""Late news never rings: a phone that comes back later is told by the app, not by a bell."""

RELIEF_LIFETIME = timedelta(hours=4)
"""How long "all clear" is worth telling: whoever was warned should also hear the end of it."""

MAX_NAME_CHARACTERS = 60
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_DIRECTIONS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


@dataclass(frozen=True, slots=True)
class Notice:
    """All that a notification says. `distance_m` is from the geofence's edge, 0 inside;
    `bearing_deg` from its centre towards the herd, 0 north; `count` 0 when unknown;
    `ring` 2 and more when the same is said again because nobody answered."""

    delivery_id: str = field(compare=False)  # the phone's own; all else is said to thousands
    alert_id: str
    token: str = field(compare=False)
    level: Level
    state: State
    geofence: str
    count: int
    distance_m: float
    bearing_deg: float
    captured_at: datetime
    simulated: bool
    language: str
    ring: int = 1


def push_message_for(notice: Notice, now: datetime) -> PushMessage:
    """Return the message to send now. Its life ends when the news is old."""
    return PushMessage(
        payload=payload_of(notice, now),
        ttl_s=_ttl_s(notice, now),
        urgency=_urgency(notice),
        topic=_topic(notice.alert_id),
    )


def payload_of(notice: Notice, now: datetime) -> bytes:
    """Return the JSON that the phone's service worker reads."""
    own = {"delivery_id": notice.delivery_id, "token": notice.token, "sent_at": _rfc3339(now)}
    return _said_to_all(notice) + _json(own)[1:]


@lru_cache(maxsize=256)  # of alerts at one level, in one language, exact or not
def _said_to_all(notice: Notice) -> bytes:
    """Return the beginning of the JSON: all that notices which are equal have in common."""
    language = closest_language(notice.language)
    payload = {
        "title": _title(notice, language),
        "body": _body(notice, language),
        "lang": language,
        "tag": f"alert-{notice.alert_id}",
        "level": notice.level,
        "state": notice.state,
        # "Somebody has answered" is for the eye; everything else is worth a second buzz.
        "renotify": notice.state != "acknowledged",
        "require_interaction": notice.state == "raised" and notice.level != "watch",
        "actions": _actions(notice, language),
        "url": f"/app/#/alert/{notice.alert_id}",
        "alert_id": notice.alert_id,
        "simulated": notice.simulated,
        "ring": notice.ring,
        # The phone puts the time of day into words: it knows its own time zone.
        "captured_at": _rfc3339(notice.captured_at),
    }
    return _json(payload)[:-1] + b","


def _json(content: Mapping[str, object]) -> bytes:
    return _ENCODER.encode(content).encode()


def direction_of(bearing_deg: float) -> str:
    """Return the nearest of eight points of the compass: n, ne, e, …"""
    return _DIRECTIONS[round(bearing_deg % 360 / 45) % 8]


def _title(notice: Notice, language: str) -> str:
    kind = notice.level if notice.state == "raised" else notice.state
    title = phrase(language, f"push.title.{kind}", geofence=_short(notice.geofence))
    if not notice.simulated:
        return title
    return phrase(language, "push.drill", title=title)


def _body(notice: Notice, language: str) -> str:
    return phrase(
        language, "push.body", count=_count(notice, language), where=_where(notice, language)
    )


def _count(notice: Notice, language: str) -> str:
    if notice.count < 1:
        return phrase(language, "count.unknown")
    return phrase(language, "count.one" if notice.count == 1 else "count.many", n=notice.count)


def _where(notice: Notice, language: str) -> str:
    if notice.distance_m <= 0:
        return phrase(language, "where.inside")
    direction = phrase(language, f"direction.{direction_of(notice.bearing_deg)}")
    distance = _distance(notice.distance_m, language)
    return phrase(language, "where.away", distance=distance, direction=direction)


def _distance(distance_m: float, language: str) -> str:
    # Rounded to what a person can use; never to "0 m", which would read as "inside".
    if distance_m < 950:
        step_m = 10 if distance_m < 100 else 50
        return phrase(language, "distance.m", n=max(step_m, round(distance_m / step_m) * step_m))
    return phrase(language, "distance.km", n=f"{distance_m / 1000:.1f}")


def _actions(notice: Notice, language: str) -> list[dict[str, str]]:
    if notice.state != "raised":
        return []
    # Two, because Android shows no more.
    return [
        {"action": answer, "title": phrase(language, f"answer.{answer}")}
        for answer in ("seen", "on_my_way")
    ]


def _ttl_s(notice: Notice, now: datetime) -> int:
    if notice.state != "raised":
        return int(RELIEF_LIFETIME.total_seconds())
    # Not longer than the lifetime either: a station's clock may run ahead.
    left = min(notice.captured_at + NEWS_LIFETIME - now, NEWS_LIFETIME)
    return max(0, int(left.total_seconds()))


def _urgency(notice: Notice) -> Urgency:
    return "high" if notice.state == "raised" else "normal"


@lru_cache(maxsize=256)
def _topic(alert_id: str) -> str:
    # A waiting "watch" is replaced by the "danger" or the "all clear" of the same alert.
    return to_base64url(hashlib.sha256(alert_id.encode()).digest()[:24])


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME_CHARACTERS else name[: MAX_NAME_CHARACTERS - 1] + "…"


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
