"""Tells a simulated month to the real story, on a database of its own; keeps what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from api.bench.month.landscape import MIDDLE, Village, on_earth
from api.bench.month.month import BEGAN_AT, Month
from api.bench.month.seeing import Glimpse
from api.database import Database
from api.events.rules import Timings
from api.geofences.rules import Fence, Nearby, nearby
from api.herds import forecast
from api.herds.rules import Course, course_of
from api.herds.store import read_path
from api.pipeline import handle_detection
from api.position import Position
from api.tables import (
    Alert,
    Detection,
    Event,
    Follow,
    Geofence,
    Herd,
    Person,
    Phone,
    Role,
    Site,
    Station,
)
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import DetectionMessage

SITE_ID = "month"
ASKED_EVERY = timedelta(minutes=10)
HORIZON = Timings().alert_horizon
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What was said of a herd after a sighting: areas, and arrivals by village."""

    glimpse: Glimpse
    areas: tuple[forecast.Whereabouts, ...]
    arrivals: dict[int, forecast.Arrival]


@dataclass(slots=True)
class Told:
    """What the server made of a month. Glimpses, villages and passages by their numbers."""

    herd_of: dict[int, int] = field(default_factory=dict)  # by glimpse
    alerts: list[tuple[Glimpse, int, datetime]] = field(default_factory=list)  # village, raised_at
    within: dict[int, list[int]] = field(default_factory=dict)  # by glimpse: villages in whose ring
    foretold: list[Foretold] = field(default_factory=list)


async def tell(month: Month, database: Database, progress: Callable[[int], None]) -> Told:
    """Let the server hear all of a month, in the order in which it was said."""
    stations = await _settle(month, database)
    fences = [_fence(number, village) for number, village in enumerate(month.land.villages)]
    told, spoken = Told(), dict[str, int]()
    asked: dict[int | None, datetime] = {}
    for number, glimpse in enumerate(month.glimpses):
        message = _message(glimpse)
        spoken[str(message.id)] = number
        async with database.transaction() as session:
            await handle_detection(session, stations[glimpse.camera], message, glimpse.arrives_at)
        here = on_earth(month.land.cameras[glimpse.camera])
        if glimpse.arrives_at - glimpse.at <= HORIZON:
            told.within[number] = [
                near.fence.geofence_id
                for near in nearby(here, fences)
                if near.distance_m <= near.fence.watch_m
            ]
        if abs(glimpse.at - asked.get(glimpse.passage, NEVER)) >= ASKED_EVERY:
            asked[glimpse.passage] = glimpse.at
            told.foretold.append(await _foretell(database, str(message.id), glimpse, fences))
        progress(1)
    await _read_back(database, month, spoken, told)
    return told


async def _foretell(
    database: Database, detection_id: str, glimpse: Glimpse, fences: list[Fence]
) -> Foretold:
    """Return what a person would have been shown right after a sighting."""
    wanted = (
        select(Herd.path, Herd.latitude, Herd.longitude, Herd.last_seen_at)
        .join(Event, Event.herd_id == Herd.id)
        .join(Detection, Detection.event_id == Event.id)
        .where(Detection.id == detection_id)
    )
    async with database.reading() as session:
        path, latitude, longitude, seen_at = (await session.execute(wanted)).one()
    position, course = Position(latitude, longitude), course_of(read_path(path))
    now = glimpse.arrives_at
    arrivals = {
        near.fence.geofence_id: coming
        for near in nearby(position, fences, within_m=forecast.FARTHEST_M)
        if (coming := _arrival(near, course, seen_at, now))
    }
    areas = forecast.whereabouts(position, seen_at, course, now)
    return Foretold(glimpse, tuple(areas), arrivals)


def _arrival(
    near: Nearby, course: Course | None, seen_at: datetime, now: datetime
) -> forecast.Arrival | None:
    return forecast.arrival(near.distance_m, near.towards_deg, course, seen_at, now)


async def _read_back(database: Database, month: Month, spoken: dict[str, int], told: Told) -> None:
    herds = select(Detection.id, Event.herd_id).join(Event, Event.id == Detection.event_id)
    alerts = select(Alert.detection_id, Geofence.name, Alert.raised_at).join(
        Geofence, Geofence.id == Alert.geofence_id
    )
    async with database.reading() as session:
        for detection_id, herd_id in await session.execute(herds):
            told.herd_of[spoken[detection_id]] = herd_id or 0
        for detection_id, name, raised_at in await session.execute(alerts):
            told.alerts.append((month.glimpses[spoken[detection_id]], int(name), raised_at))


def _message(glimpse: Glimpse) -> DetectionMessage:
    box = (0.2, 0.3, 0.4, 0.4)
    animal = {"label": "elephant", "confidence": round(glimpse.confidence, 3), "box": box}
    said: dict[str, Any] = {
        "id": uuid7(),
        "deployment_id": f"c{glimpse.camera}-1",
        "captured_at": glimpse.at,
        "sent_at": glimpse.arrives_at,
        "lighting": "night_ir",
        "release": "month",
        "threshold": 0.4,
        "animals": [animal] * glimpse.count,
    }
    return DetectionMessage.model_validate(said)


async def _settle(month: Month, database: Database) -> list[Station]:
    """Fill an empty database with the valley, and one villager who follows every village."""
    stations = [
        Station(
            site_id=SITE_ID,
            name_id=f"c{number}",
            name=f"Camera {number}",
            key=b"m" * 32,
            latitude=on_earth(spot).latitude,
            longitude=on_earth(spot).longitude,
            enrolled_at=BEGAN_AT,
            health={},
        )
        for number, spot in enumerate(month.land.cameras)
    ]
    villages = [
        Geofence(
            site_id=SITE_ID,
            name=str(number),
            area=_fence(number, village).area,
            buffer_m=_fence(number, village).buffer_m,
            watch_m=_fence(number, village).watch_m,
        )
        for number, village in enumerate(month.land.villages)
    ]
    person = Person(site_id=SITE_ID, name="Mai", role=Role.VILLAGER, joined_at=BEGAN_AT)
    async with database.transaction() as session:
        session.add(
            Site(id=SITE_ID, name="Month", latitude=MIDDLE.latitude, longitude=MIDDLE.longitude)
        )
        await session.flush()
        session.add_all([*stations, *villages, person])
        await session.flush()
        session.add_all(Follow(person_id=person.id, geofence_id=village.id) for village in villages)
        session.add(
            Phone(
                person_id=person.id,
                endpoint="https://push.example.org/month",
                p256dh="",
                auth="",
                subscribed_at=BEGAN_AT,
            )
        )
    return stations


def _fence(number: int, village: Village) -> Fence:
    east, north = village.half_east_m, village.half_north_m
    corners = ((-east, -north), (east, -north), (east, north), (-east, north), (-east, -north))
    ring = [on_earth((village.middle[0] + x, village.middle[1] + y)) for x, y in corners]
    area = {"type": "Polygon", "coordinates": [[[p.longitude, p.latitude] for p in ring]]}
    return Fence(number, area, buffer_m=500, watch_m=1500)
