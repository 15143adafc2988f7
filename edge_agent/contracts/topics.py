"""Every topic of the wire. No topic string exists outside this file."""

import re
from dataclasses import dataclass

VERSION = "v1"
_ROOT = f"trunkline/{VERSION}"
_NAME = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"

SITE_ID_PATTERN = rf"^{_NAME}$"
STATION_ID_PATTERN = rf"^{_NAME}$"


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of message between a station and the server; `rest` names its subject, if any."""

    name: str
    qos: int = 1
    retained: bool = False
    has_rest: bool = False

    def of(self, site_id: str, station_id: str, rest: str | None = None) -> str:
        """Return the full topic of one station."""
        end = f"/{rest}" if rest is not None else ""
        return f"{_ROOT}/{site_id}/{station_id}/{self.name}{end}"

    @property
    def every_station(self) -> str:
        """The topic filter over every site and station."""
        return f"{_ROOT}/+/+/{self.name}" + ("/+" if self.has_rest else "")


# What a station says
DETECTIONS = Topic("detections")
MEDIA = Topic("media", has_rest=True)  # the rest is the picture's SHA-256
SAMPLES = Topic("samples")
STATUS = Topic("status", retained=True)  # also the last will
HEALTH = Topic("health", qos=0)
CONFIG_REPORTED = Topic("config/reported", retained=True)
UPDATE_REPORTED = Topic("update/reported", retained=True)
SIREN_STATE = Topic("siren/state")

# What the server says to one station
STORED = Topic("stored")
CONFIG_DESIRED = Topic("config/desired", retained=True)
UPDATE_OFFER = Topic("update/offer", retained=True)
SIREN = Topic("siren")

FROM_STATIONS = (
    DETECTIONS,
    MEDIA,
    SAMPLES,
    STATUS,
    HEALTH,
    CONFIG_REPORTED,
    UPDATE_REPORTED,
    SIREN_STATE,
)
TO_STATIONS = (STORED, CONFIG_DESIRED, UPDATE_OFFER, SIREN)

EVERYTHING = f"{_ROOT}/#"  # the server hears unknown topics too: it counts and keeps them

_PARTS = re.compile(rf"^{_ROOT}/({_NAME})/({_NAME})/(.+)$")
_SITE_ALERTS = re.compile(rf"^{_ROOT}/{_NAME}/alerts$")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message came from and what kind it is."""

    site_id: str
    station_id: str
    topic: Topic
    rest: str | None


def site_alerts(site_id: str) -> str:
    """Return the topic on which every alert of a site is told, for sirens and gateways."""
    return f"{_ROOT}/{site_id}/alerts"


def everything_of(site_id: str, station_id: str) -> str:
    """Return the topic filter over all that one station may read or write."""
    return f"{_ROOT}/{site_id}/{station_id}/#"


def everything_from_stations() -> tuple[str, ...]:
    """Return the topic filters that the server subscribes to."""
    return tuple(topic.every_station for topic in FROM_STATIONS)


def is_said_by_server(topic: str) -> bool:
    """Whether this is a topic on which the server speaks, so that it need not listen to itself."""
    match = _PARTS.fullmatch(topic)
    if match is None:
        return bool(_SITE_ALERTS.fullmatch(topic))
    return any(match.group(3) == known.name for known in TO_STATIONS)


def address_of(topic: str) -> Address | None:
    """Read a topic that a station published on; None if no such topic exists."""
    match = _PARTS.fullmatch(topic)
    if match is None:
        return None
    site_id, station_id, name = match.groups()
    for known in FROM_STATIONS:
        if name == known.name and not known.has_rest:
            return Address(site_id, station_id, known, None)
        if known.has_rest and name.startswith(f"{known.name}/"):
            rest = name.removeprefix(f"{known.name}/")
            return Address(site_id, station_id, known, rest) if "/" not in rest else None
    return None
