"""A valley to measure in: stations among villages, and what the stations say, sealed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from api.broker.connection import Arrived
from api.database import Database
from api.geofences.rules import Fence
from api.position import LocalPlane, Position
from api.stations.rules import new_key
from api.tables import Geofence, Site, Station
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import DetectionMessage
from edge_agent.contracts.seal import seal
from edge_agent.contracts.topics import DETECTIONS

SITE_ID = "bench"
MIDDLE = Position(21.97, 100.86)
HALF_WIDTH_M = 15_000.0
VILLAGE_HALF_M = 150.0
STARTED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVERY = timedelta(milliseconds=50)  # 20 sightings a second in the whole valley: a bad night


@dataclass(frozen=True, slots=True)
class Size:
    """How large a valley, and how many sightings of it are told."""

    detections: int
    stations: int
    geofences: int


@dataclass(frozen=True, slots=True)
class Told:
    """One sighting: as a message arrives from a broker, and as it reads."""

    arrived: Arrived
    station: Station
    message: DetectionMessage


async def settle(database: Database, size: Size, chance: random.Random) -> list[Station]:
    """Fill an empty database with the valley; return its stations."""
    stations = [_station(number, chance) for number in range(size.stations)]
    async with database.transaction() as session:
        session.add(
            Site(id=SITE_ID, name="Bench", latitude=MIDDLE.latitude, longitude=MIDDLE.longitude)
        )
        await session.flush()
        session.add_all([_village(number, chance) for number in range(size.geofences)])
        session.add_all(stations)
    return stations


def sightings(
    stations: Sequence[Station],
    count: int,
    chance: random.Random,
    *,
    started_at: datetime = STARTED_AT,
    every: timedelta = EVERY,
    who: Callable[[int], Station] | None = None,
) -> list[Told]:
    """Return what the stations say, in the order of its capture; each by `who`, or by anybody."""
    return [
        _told(
            who(number) if who is not None else chance.choice(stations),
            started_at + number * every,
            number,
            chance,
        )
        for number in range(count)
    ]


def _told(station: Station, at: datetime, number: int, chance: random.Random) -> Told:
    animal = {"label": "elephant", "confidence": 0.8, "box": (0.2, 0.3, 0.4, 0.4)}
    message = DetectionMessage.model_validate(
        {
            "id": uuid7(),
            "revision": 1,
            "deployment_id": f"{station.name_id}-1",
            "captured_at": at,
            "sent_at": at,
            "lighting": "night_ir",
            "release": "bench",
            "threshold": 0.4,
            "animals": [animal] * chance.randint(1, 5),
        }
    )
    topic = DETECTIONS.of(SITE_ID, station.name_id)
    payload = seal(station.key, topic, message.to_body())
    arrived = Arrived(topic, payload, False, qos=1, packet_id=number + 1, generation=1)
    return Told(arrived, station, message)


def _station(number: int, chance: random.Random) -> Station:
    return station_at(number, somewhere(chance))


def station_at(number: int, place: Position) -> Station:
    """Return a new station there."""
    return Station(
        site_id=SITE_ID,
        name_id=f"s{number}",
        name=f"Station {number}",
        key=new_key(),
        latitude=place.latitude,
        longitude=place.longitude,
        enrolled_at=STARTED_AT,
        health={},
    )


def _village(number: int, chance: random.Random) -> Geofence:
    return Geofence(
        site_id=SITE_ID,
        name=f"Village {number}",
        area=square_around(somewhere(chance)),
        buffer_m=500,
        watch_m=1500,
    )


def a_fence(number: int, chance: random.Random) -> Fence:
    """Return a village as the rules see it."""
    return Fence(number, square_around(somewhere(chance)), buffer_m=500, watch_m=1500)


def somewhere(chance: random.Random) -> Position:
    """Return a place in the valley."""
    east, north = LocalPlane(MIDDLE).metres_per_degree
    return Position(
        MIDDLE.latitude + chance.uniform(-HALF_WIDTH_M, HALF_WIDTH_M) / north,
        MIDDLE.longitude + chance.uniform(-HALF_WIDTH_M, HALF_WIDTH_M) / east,
    )


def square_around(middle: Position) -> dict[str, Any]:
    """Return a village around a place, as GeoJSON."""
    east, north = LocalPlane(middle).metres_per_degree
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    ring = [
        [
            middle.longitude + x * VILLAGE_HALF_M / east,
            middle.latitude + y * VILLAGE_HALF_M / north,
        ]
        for x, y in corners
    ]
    return {"type": "Polygon", "coordinates": [ring]}
