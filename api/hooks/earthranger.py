"""EarthRanger: an alert is an event there, which is changed as the alert grows and ends.

Its documented API: `POST /api/v1.0/activity/events`, then `PATCH /api/v1.0/activity/event/{id}`,
with a bearer token. A request whose answer is lost is sent again: in the worst case one alert is
two events there.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import aiohttp

from api.hooks.rules import Outcome, Told
from api.hooks.webhook import TIMEOUT, outcome_of

EVENTS = "/api/v1.0/activity/events"
EVENT = "/api/v1.0/activity/event/"
DEFAULT_EVENT_TYPE = "elephant_alert"
PRIORITY = {"watch": 100, "warning": 200, "danger": 300}  # green, amber, red
_ANSWER_BYTES = 64 * 1024


class EarthRanger:
    """Makes and changes events; the session, with its resolver, is the caller's."""

    def __init__(self, session: aiohttp.ClientSession, clock: Callable[[], datetime]) -> None:
        self._session = session
        self._clock = clock

    async def tell(
        self, url: str, token: str, event_type: str, body: dict[str, Any], known_id: str | None
    ) -> Told:
        """Make the event of an alert, or change it if it is known by an id over there."""
        base = url.rstrip("/")
        method, path = ("PATCH", EVENT + known_id) if known_id else ("POST", EVENTS)
        async with self._session.request(
            method,
            base + path,
            json=event_of(body, event_type),
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as response:
            told = outcome_of(response, self._clock())
            if told.outcome is not Outcome.SENT:
                return told
            remote_id = known_id or await _id_in(response)
            return Told(Outcome.SENT, told.detail, remote_id)


def event_of(body: dict[str, Any], event_type: str) -> dict[str, Any]:
    """Return an alert as EarthRanger's event."""
    told = body["data"]
    is_over = told["state"] in ("all_clear", "retracted")
    drill = "DRILL: " if told["simulated"] else ""
    false_alarm = "False alarm: " if told["state"] == "retracted" else ""
    return {
        "event_type": event_type,
        "title": f"{drill}{false_alarm}elephants, {told['geofence']['name']}: {told['level']}",
        "priority": 0 if told["simulated"] else PRIORITY[told["level"]],
        "state": "resolved" if is_over else "active",
        "time": told["captured_at"],
        "location": {name: told["position"][name] for name in ("latitude", "longitude")},
        "event_details": {
            "trunkline_alert": told["alert_id"],
            "level": told["level"],
            "state": told["state"],
            "elephants": told["count"],
            "geofence": told["geofence"]["name"],
            "distance_m": told["distance_m"],
            "uncertainty_m": told["position"]["uncertainty_m"],
            "drill": told["simulated"],
        },
    }


async def _id_in(response: aiohttp.ClientResponse) -> str | None:
    """Return the id of a new event: `{"data": {"id": …}}`; None if the answer names none."""
    answer = b""
    try:
        async for chunk in response.content.iter_chunked(_ANSWER_BYTES):
            answer += chunk
            if len(answer) > _ANSWER_BYTES:
                return None
        found = json.loads(answer)["data"]["id"]
    except (ValueError, KeyError, TypeError, aiohttp.ClientError):
        return None
    return found if isinstance(found, str) and found.replace("-", "").isalnum() else None
