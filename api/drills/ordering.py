"""A drill begins: a herd that never walked, its alerts, and the deliveries of those it is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.changes.store import ALERT, add_change
from api.deliveries.planning import plan_for_people
from api.deliveries.rules import alarm_expires_at, occasion_of_level
from api.drills.rules import MOST_IN_WINDOW, WINDOW, Scope, distance_of, places_of
from api.drills.tables import Drill, DrillPerson
from api.errors import InvalidError, NotFoundError, TooManyRequestsError
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
    Follow,
    Geofence,
    Herd,
    Person,
    Phone,
    Station,
)
from edge_agent.contracts.ids import uuid7
from mobile_push.notification import NEWS_LIFETIME

ELEPHANTS = 3
BEARING_DEG = 315.0
BY_DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants practised: one person, the followers of a village, or all of a site."""

    scope: Scope
    level: AlertLevel
    person_id: int | None = None
    geofence_id: int | None = None


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
    await _check_frequency(session, site_id, order, now)
    geofences = await _geofences(session, site_id, order)
    people = await _people(session, site_id, order)
    if not people:
        raise InvalidError("nobody is there to practise: nobody follows this place")
    follows = await _follows(session, people, set(geofences))
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
    expires_at = alarm_expires_at(now, now, NEWS_LIFETIME)
    planned = await plan_for_people(
        session, alert, occasion, people, now=now, expires_at=expires_at
    )
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


async def _check_frequency(
    session: AsyncSession, site_id: str, order: Order, now: datetime
) -> None:
    if order.scope is Scope.PERSON:
        limit, of_kind = 10 * MOST_IN_WINDOW, Drill.scope == Scope.PERSON
    else:
        limit, of_kind = MOST_IN_WINDOW, Drill.scope != Scope.PERSON
    wanted = select(func.count()).where(
        Drill.site_id == site_id, Drill.started_at > now - WINDOW, of_kind
    )
    if (await session.scalar(wanted) or 0) >= limit:
        raise TooManyRequestsError(
            "there were many drills lately; wait a little", retry_after_s=600
        )


async def _geofences(session: AsyncSession, site_id: str, order: Order) -> dict[int, Geofence]:
    wanted = select(Geofence).where(Geofence.site_id == site_id)
    if order.geofence_id is not None:
        wanted = wanted.where(Geofence.id == order.geofence_id)
    found = {each.id: each for each in await session.scalars(wanted)}
    if not found and order.geofence_id is not None:
        raise NotFoundError(f"this site has no geofence {order.geofence_id}")
    if not found:
        raise InvalidError("draw a geofence first: an alert is about a place")
    return found


async def _people(session: AsyncSession, site_id: str, order: Order) -> list[int]:
    wanted = select(Person.id).where(Person.site_id == site_id, Person.disabled_at.is_(None))
    if order.scope is Scope.PERSON:
        found = list(await session.scalars(wanted.where(Person.id == order.person_id)))
        if not found:
            raise NotFoundError(f"there is no person {order.person_id} at this site")
        return found
    follows = select(Follow.person_id).where(Follow.person_id == Person.id)
    if order.geofence_id is not None:
        follows = follows.where(Follow.geofence_id == order.geofence_id)
        wanted = wanted.where(follows.exists())
    else:
        bell = select(Phone.id).where(Phone.person_id == Person.id, Phone.gone_at.is_(None))
        wanted = wanted.where(follows.exists() | bell.exists())
    return list(await session.scalars(wanted.order_by(Person.id)))


async def _follows(
    session: AsyncSession, people: Sequence[int], geofences: set[int]
) -> dict[int, list[int]]:
    wanted = select(Follow.person_id, Follow.geofence_id).where(
        Follow.person_id.in_(people), Follow.geofence_id.in_(geofences)
    )
    found: dict[int, list[int]] = {}
    for person_id, geofence_id in await session.execute(wanted):
        found.setdefault(person_id, []).append(geofence_id)
    return found
