"""What researchers put right: two herds that are one, and one that is two.

The cameras' word stands: events are never changed, only to which herd they belong. Alerts go with
the events on which they rest, so that each herd keeps its own.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import IllegalMoveError, InvalidError, NotFoundError
from api.herds.following import MANY_VISITS, count_visits
from api.herds.rules import Path, with_sighting
from api.herds.store import written_path
from api.herds.tables import HerdCorrection
from api.position import Position
from api.tables import Alert, Detection, Event, Herd, Person


async def merge(
    session: AsyncSession, person: Person, herd_id: int, other_id: int, now: datetime
) -> Herd:
    """Let one herd be part of another; return the one that stays. The site must be locked.

    Raises:
        NotFoundError: the person's site has no such herd.
        InvalidError: it is one herd already.
        IllegalMoveError: one of them is a drill.
    """
    herd, other = [await herd_of(session, person.site_id, each) for each in (herd_id, other_id)]
    if herd is other:
        raise InvalidError("a herd cannot be merged with itself")
    if herd.simulated != other.simulated:
        raise IllegalMoveError("a drill and a real herd cannot be one")
    moved = [event.id for event in await events_of(session, other.id)]
    await session.execute(update(Event).where(Event.herd_id == other.id).values(herd_id=herd.id))
    await session.execute(
        update(Alert)
        .where(Alert.herd_id == other.id)
        .values(herd_id=herd.id, visit=Alert.visit + MANY_VISITS)
    )
    await count_visits(session, herd.id)
    await session.delete(other)
    return await _corrected(session, person, "merged", herd, other_id, moved, now)


async def split(
    session: AsyncSession, person: Person, herd_id: int, event_ids: Collection[int], now: datetime
) -> Herd:
    """Let some events of a herd be another herd; return that. The site must be locked.

    Raises:
        NotFoundError: the person's site has no such herd.
        InvalidError: not some of its events, or all of them.
    """
    herd = await herd_of(session, person.site_id, herd_id)
    events = await events_of(session, herd.id)
    parted = [event for event in events if event.id in event_ids]
    if len(parted) != len(set(event_ids)):
        strange = min(set(event_ids) - {event.id for event in parted})
        raise InvalidError(f"event {strange} is none of herd {herd_id}")
    if not parted or len(parted) == len(events):
        raise InvalidError("name some of the herd's events, and not all of them")
    other = Herd(site_id=herd.site_id, simulated=herd.simulated)
    _tell_from(other, parted)
    session.add(other)
    await session.flush()
    for event in parted:
        event.herd_id = other.id
    await session.flush()
    resting = select(Detection.id).where(Detection.event_id.in_(event_ids))
    await session.execute(
        update(Alert)
        .where(Alert.herd_id == herd.id, Alert.detection_id.in_(resting))
        .values(herd_id=other.id)
    )
    for each in (herd.id, other.id):
        await count_visits(session, each)
    await _corrected(session, person, "split", herd, other.id, list(event_ids), now)
    return other


async def herd_of(session: AsyncSession, site_id: str, herd_id: int) -> Herd:
    """Return a herd of the site.

    Raises:
        NotFoundError: it has none of that id.
    """
    herd = await session.get(Herd, herd_id, populate_existing=True)
    if herd is None or herd.site_id != site_id:
        raise NotFoundError("there is no such herd")
    return herd


async def events_of(session: AsyncSession, herd_id: int) -> Sequence[Event]:
    """Return a herd's events, the first to begin first."""
    wanted = select(Event).where(Event.herd_id == herd_id).order_by(Event.started_at, Event.id)
    return (await session.scalars(wanted.execution_options(populate_existing=True))).all()


async def alerts_of(session: AsyncSession, herd_ids: Collection[int]) -> Sequence[str]:
    """Return the ids of the herds' alerts."""
    return (await session.scalars(select(Alert.id).where(Alert.herd_id.in_(herd_ids)))).all()


async def _corrected(
    session: AsyncSession,
    person: Person,
    kind: str,
    herd: Herd,
    other_id: int,
    event_ids: list[int],
    now: datetime,
) -> Herd:
    """Tell a herd anew from its events, and keep who put it right."""
    await session.flush()
    _tell_from(herd, await events_of(session, herd.id))
    session.add(
        HerdCorrection(
            site_id=herd.site_id,
            at=now,
            person_id=person.id,
            kind=kind,
            herd_id=herd.id,
            other_id=other_id,
            event_ids=sorted(event_ids),
        )
    )
    await session.flush()
    return herd


def _tell_from(herd: Herd, events: Sequence[Event]) -> None:
    """Let a herd be what its events say."""
    newest = max(events, key=lambda event: event.ended_at)
    path: Path = ()
    for event in sorted(events, key=lambda event: event.started_at):
        place = Position(event.latitude, event.longitude)
        path = with_sighting(
            path,
            place,
            event.started_at,
            event.count,
            event.looks,
            event.animals,
            event.heading_deg,
        )
        path = with_sighting(
            path, place, event.ended_at, event.count, heading_deg=event.heading_deg
        )
    herd.first_seen_at = min(event.started_at for event in events)
    herd.last_seen_at = newest.ended_at
    herd.latitude, herd.longitude = newest.latitude, newest.longitude
    herd.count = max(event.count for event in events)
    herd.path = written_path(path)
