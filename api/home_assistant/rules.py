"""What Home Assistant is told: its device discovery, and the state of a site. No positions.

These topics are for houses, not for stations: their language is `edge_agent/contracts/topics.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.alerts.rules import has_lapsed
from api.tables import LEVELS, AlertLevel

AVAILABLE = "trunkline/home/available"
EVERYTHING = "trunkline/home/#"
USERNAME = "home-assistant"


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that nobody has ended."""

    herd_id: int
    level: AlertLevel
    count: int
    captured_at: datetime
    simulated: bool


def state_topic(site_id: str) -> str:
    """Return where a site's state is kept."""
    return f"trunkline/home/{site_id}/state"


def discovery_topic(prefix: str, site_id: str) -> str:
    """Return where Home Assistant looks for a site's device."""
    return f"{prefix}/device/trunkline_{site_id}/config"


def discovery(site_id: str, name: str, version: str) -> dict[str, Any]:
    """Return the device of a site, as MQTT device discovery wants it."""

    def part(key: str, platform: str, words: str, **others: Any) -> dict[str, Any]:
        return {
            "p": platform,
            "name": words,
            "unique_id": f"trunkline_{site_id}_{key}",
            "value_template": f"{{{{ value_json.{key} }}}}",
            **others,
        }

    return {
        "dev": {
            "ids": [f"trunkline_{site_id}"],
            "name": f"Trunkline {name}",
            "mf": "Trunkline",
            "sw": version,
        },
        "o": {"name": "trunkline", "sw": version},
        "availability_topic": AVAILABLE,
        "state_topic": state_topic(site_id),
        "qos": 1,
        "cmps": {
            "near": part("near", "binary_sensor", "Elephants near", device_class="occupancy"),
            "elephants": part(
                "elephants", "sensor", "Elephants", icon="mdi:elephant", state_class="measurement"
            ),
            "level": part(
                "level",
                "sensor",
                "Warning level",
                device_class="enum",
                options=["none", *(str(level) for level in LEVELS)],
            ),
            "last_seen": part("last_seen", "sensor", "Last elephant", device_class="timestamp"),
            "drill": part("drill", "binary_sensor", "Drill", entity_category="diagnostic"),
        },
    }


def state(alerts: Iterable[OpenAlert], now: datetime) -> dict[str, Any]:
    """Return how a site is: what is near in earnest, and apart from it whether there is a drill."""
    fresh = [alert for alert in alerts if not has_lapsed(alert.captured_at, now)]
    real = [alert for alert in fresh if not alert.simulated]
    herds: dict[int, int] = {}
    for alert in real:
        herds[alert.herd_id] = max(alert.count, herds.get(alert.herd_id, 0))
    highest = max((alert.level for alert in real), key=LEVELS.index, default=None)
    last = max((alert.captured_at for alert in real), default=None)
    return {
        "near": "ON" if highest in (AlertLevel.WARNING, AlertLevel.DANGER) else "OFF",
        "elephants": sum(herds.values()),
        "level": str(highest) if highest is not None else "none",
        "last_seen": last.isoformat() if last is not None else None,
        "drill": "ON" if len(real) < len(fresh) else "OFF",
    }
