"""A drill begins: a herd that never walked, its alerts, and the deliveries of those it is for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.changes.store import ALERT, add_change
from api.deliveries.bells import Alarm
from api.deliveries.planning import plan_for_people
from api.deliveries.rules import alarm_expires_at, occasion_of_level
from api.drills.rules import distance_of, places_of
from api.drills.store import Order, check_frequency, follows_of, geofences_of, people_of
from api.drills.tables import Drill, DrillPerson
from api.errors import InvalidError
from api.geofences.rules import centre_of
from api.ledger import notes
from api.ledger import store as ledger
from api.ledger.rules import Note, Step
from api.reports.peoples_station import peoples_station
from api.sites.store import lock_site
from api.tables import (
    Alert,
    AlertLevel,
    AlertState,
    Detection,
    Event,
    Geofence,
    Herd,
    Station,
)
from edge_agent.contracts.ids import uuid7
from mobile_push.notification import NEWS_LIFETIME

ELEPHANTS = 3
BEARING_DEG = 315.0
BY_DRILL = "drill"


async def begin(
    session: AsyncSession, site_id: str, order: Order, ordered_by: int | None, now: datetime
) -> Drill:
    """Begin a drill; its deliveries go out with the caller's commit.

    Raises:
        NotFoundError: no such person or geofence at the site.
        InvalidError: the site has no geofence, or nobody is there to practise.
        TooManyRequestsError: there were many drills lately.
    """
    await lock_site(session, site_id)
    await check_frequency(session, site_id, order, now)
    geofences = await geofences_of(session, site_id, order)
    people = await people_of(session, site_id, order)
    if not people:
        raise InvalidError("nobody is there to practise: nobody follows this place")
    follows = await follows_of(session, people, set(geofences))
    places = places_of(people, follows, fallback=min(geofences))
    first = geofences[next(iter(places))]
    station = await peoples_station(session, site_id, now)
    herd, detection = await _pretend(session, station, first, now)
    drill = Drill(
        id=str(uuid7()),
        site_id=site_id,
        herd_id=herd.id,
        ordered_by=ordered_by,
        scope=order.scope,
        level=order.level,
        started_at=now,
    )
    session.add(drill)
    await session.flush()
    for geofence_id, residents in places.items():
        alert = await _raise(session, drill, detection, geofences[geofence_id], now)
        session.add_all(
            DrillPerson(drill_id=drill.id, person_id=each, alert_id=alert.id) for each in residents
        )
        await _ring(session, alert, residents, now)
    return drill


async def _ring(session: AsyncSession, alert: Alert, people: Sequence[int], now: datetime) -> None:
    occasion = occasion_of_level(AlertLevel(alert.level))
    alarm = Alarm(alert, occasion, alarm_expires_at(now, now, NEWS_LIFETIME))
    (planned,) = await plan_for_people(session, [(alarm, people)], now)
    noted = [_raised(alert, await session.get_one(Geofence, alert.geofence_id))]
    noted.append(notes.planned(alert, occasion, planned))
    await ledger.append(session, alert.site_id, noted, now)
    await add_change(session, site_id=alert.site_id, kind=ALERT, subject_id=alert.id, now=now)


async def _pretend(
    session: AsyncSession, station: Station, geofence: Geofence, now: datetime
) -> tuple[Herd, Detection]:
    """Keep a herd and a sighting that every table and page knows to be none."""
    centre = centre_of(geofence.area)
    place = {"latitude": centre.latitude, "longitude": centre.longitude}
    times = {"first_seen_at": now, "last_seen_at": now}
    herd = Herd(site_id=station.site_id, count=ELEPHANTS, simulated=True, **place, **times)
    session.add(herd)
    await session.flush()
    event = Event(
        site_id=station.site_id,
        station_id=station.id,
        deployment_id=BY_DRILL,
        herd_id=herd.id,
        started_at=now,
        ended_at=now,
        count=ELEPHANTS,
        simulated=True,
        **place,
    )
    session.add(event)
    await session.flush()
    detection = Detection(
        id=str(uuid7()),
        revision=1,
        site_id=station.site_id,
        station_id=station.id,
        event_id=event.id,
        deployment_id=BY_DRILL,
        captured_at=now,
        sent_at=now,
        received_at=now,
        clock="synchronised",
        lighting="day",
        release=BY_DRILL,
        threshold=0.0,
        animals=[],
        elephants=ELEPHANTS,
        simulated=True,
    )
    session.add(detection)
    await session.flush()
    return herd, detection


async def _raise(
    session: AsyncSession, drill: Drill, detection: Detection, geofence: Geofence, now: datetime
) -> Alert:
    level = AlertLevel(drill.level)
    alert = Alert(
        id=str(uuid7()),
        site_id=drill.site_id,
        herd_id=drill.herd_id,
        geofence_id=geofence.id,
        detection_id=detection.id,
        level=level,
        state=AlertState.RAISED,
        count=ELEPHANTS,
        distance_m=distance_of(level, geofence),
        bearing_deg=BEARING_DEG,
        captured_at=now,
        raised_at=now,
        changed_at=now,
        simulated=True,
    )
    session.add(alert)
    await session.flush()
    return alert


def _raised(alert: Alert, geofence: Geofence) -> Note:
    facts = {
        "detection": alert.detection_id,
        "captured_at": alert.captured_at,
        "people_beside": False,
        "simulated": True,
        "herd": alert.herd_id,
        "count": alert.count,
        "geofence": alert.geofence_id,
        "level": str(alert.level),
        "distance_m": alert.distance_m,
        "bearing_deg": alert.bearing_deg,
        "buffer_m": geofence.buffer_m,
        "watch_m": geofence.watch_m,
    }
    return Note(Step.RAISED, alert.id, facts)
