"""Tells a simulated month to the real story, on a database of its own; keeps what came of it."""

from collections.abc import Callable

from sqlalchemy import select

from api.bench.month.glimpse import Glimpse
from api.bench.month.landscape import MIDDLE, on_earth
from api.bench.month.month import BEGAN_AT, Month
from api.bench.month.told import SITE_ID, Asking, Told, fence_of, message_of
from api.database import Database
from api.herds.store import pace_at, read_path
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


async def tell(month: Month, database: Database, progress: Callable[[int], None]) -> Told:
    """Let the server hear all of a month, in the order in which it was said."""
    stations = await _settle(month, database)
    fences = [fence_of(number, village) for number, village in enumerate(month.land.villages)]
    told, spoken = Told(), dict[str, int]()
    asking = Asking(told, fences)
    for number, glimpse in enumerate(month.glimpses):
        message = message_of(glimpse, month.looks_deg[glimpse.camera])
        spoken[str(message.id)] = number
        async with database.transaction() as session:
            await handle_detection(session, stations[glimpse.camera], message, glimpse.arrives_at)
        asking.note_rings(number, glimpse, on_earth(month.land.cameras[glimpse.camera]))
        if asking.is_due(glimpse):
            await _foretell(database, str(message.id), glimpse, asking)
        progress(1)
    await _read_back(database, month, spoken, told)
    return told


async def _foretell(
    database: Database, detection_id: str, glimpse: Glimpse, asking: Asking
) -> None:
    wanted = (
        select(Herd.path, Herd.latitude, Herd.longitude, Herd.last_seen_at)
        .join(Event, Event.herd_id == Herd.id)
        .join(Detection, Detection.event_id == Event.id)
        .where(Detection.id == detection_id)
    )
    async with database.reading() as session:
        path, latitude, longitude, seen_at = (await session.execute(wanted)).one()
        pace = await pace_at(session, SITE_ID, glimpse.at)
    asking.note_forecast(glimpse, Position(latitude, longitude), read_path(path), seen_at, pace)


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
            area=fence_of(number, village).area,
            buffer_m=fence_of(number, village).buffer_m,
            watch_m=fence_of(number, village).watch_m,
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
