"""Rows of detections and events: read around a batch, and written after it was told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import JsonText, add_numbered, add_rows, change_rows
from api.events.book import EventBook, KnownDetection, OpenEvent
from api.events.rules import (
    Sighting,
    Source,
    Timings,
    Told,
    confidence_of,
    elephants_in,
    has_people,
    heading_of,
    is_news,
    seen_at,
    taken_at,
)
from api.position import Position
from api.questions import among, ask
from api.tables import Detection, Event, Station
from edge_agent.contracts.messages import DetectionMessage, SeenAnimal

_ANIMALS = TypeAdapter(tuple[SeenAnimal, ...])
MOST_ADOPTED = 200
_OPEN = (
    Event.id,
    Event.site_id,
    Event.station_id,
    Event.deployment_id,
    Event.simulated,
    Event.latitude,
    Event.longitude,
    Event.started_at,
    Event.ended_at,
    Event.count,
    Event.looks,
    Event.animals,
    Event.heading_deg,
    Event.herd_id,
)
_KNOWN = select(
    Detection.id,
    Detection.station_id,
    Detection.simulated,
    Detection.revision,
    Detection.historical,
    Detection.event_id,
).where(among(Detection.id, "ids"))
_AROUND = (
    select(*_OPEN)
    .where(
        or_(
            among(Event.station_id, "stations")
            & (Event.ended_at >= bindparam("since"))
            & (Event.started_at <= bindparam("until")),
            among(Event.id, "events"),
        )
    )
    .order_by(Event.id)
)
_OF_HERDS = (
    select(*_OPEN)
    .where(
        among(Event.site_id, "sites"),
        Event.started_at >= bindparam("since"),
        Event.started_at <= bindparam("until"),
        Event.herd_id.is_not(None),
        Event.simulated.is_(False),
    )
    .order_by(Event.started_at.desc(), Event.id.desc())
    .limit(MOST_ADOPTED)
)


async def known_detections(
    session: AsyncSession, detection_ids: Collection[str]
) -> dict[str, KnownDetection]:
    """Return what is known of these detections, by id."""
    rows = await ask(session, _KNOWN, ids=detection_ids)
    return {
        row.id: KnownDetection(
            row.station_id,
            row.simulated,
            row.revision,
            row.historical,
            row.event_id,
            is_kept=True,
        )
        for row in rows
    }


async def events_around(
    session: AsyncSession,
    sightings: Sequence[Sighting],
    known: Mapping[str, KnownDetection],
    timings: Timings,
) -> EventBook:
    """Return every event that one of the sightings may belong to."""
    of_detections = {
        sighting.detection_id: event_id
        for sighting in sightings
        if (event_id := known[sighting.detection_id].event_id) is not None
    }
    if not sightings:
        return EventBook((), {}, timings.event_silence)
    moments = [sighting.seen_at for sighting in sightings]
    rows = await ask(
        session,
        _AROUND,
        stations={sighting.station_id for sighting in sightings},
        since=min(moments) - timings.event_silence,
        until=max(moments) + timings.event_silence,
        events=set(of_detections.values()),
    )
    return EventBook(map(_open_event, rows), of_detections, timings.event_silence)


async def adopt_events(
    session: AsyncSession,
    book: EventBook,
    site_ids: Collection[str],
    since: datetime,
    until: datetime,
) -> list[OpenEvent]:
    """Let the book know the events of herds that began at these sites in that time; return them.

    Of very many only the newest.
    """
    rows = await ask(session, _OF_HERDS, sites=site_ids, since=since, until=until)
    return [book.adopt(_open_event(row)) for row in rows]


async def write_events(session: AsyncSession, book: EventBook) -> None:
    """Keep what became of the events; new ones get their ids. Their herds must have been kept."""
    new = [event for event in book.all if event.id is None]
    changed = [event for event in book.all if event.id is not None and event.is_changed]
    numbers = await add_numbered(session, Event, [_event_row(event) for event in new])
    for event, number in zip(new, numbers, strict=True):
        event.id = number
    rows = [{name: getattr(event, name) for name in _GROWS} for event in changed]
    await change_rows(session, Event, rows)


async def write_detections(
    session: AsyncSession,
    news: Sequence[Told],
    known: Mapping[str, KnownDetection],
    book: EventBook,
    now: datetime,
) -> None:
    """Keep the newest of what was told of each detection. Its events must have been kept."""
    newest = {told.sighting.detection_id: told for told in news}
    added: list[dict[str, Any]] = []
    grown: list[dict[str, Any]] = []
    for detection_id, told in newest.items():
        kept = known[detection_id]
        event = book.of_detection.get(detection_id)
        kept.event_id = event.id if event is not None else kept.event_id
        row = _row(told, now) | {"event_id": kept.event_id, "historical": kept.historical}
        (grown if kept.is_kept else added).append(row)
        kept.is_kept = True
    await add_rows(session, Detection, added)
    await change_rows(session, Detection, [_what_grows(row) for row in grown])


def source_of(station: Station, clock_behind: timedelta = timedelta(0)) -> Source:
    """Return what the story needs to know of a station."""
    place = Position(station.latitude, station.longitude)
    return Source(station.site_id, station.id, place, station.simulated, clock_behind)


def sighting_of(
    source: Source,
    message: DetectionMessage,
    now: datetime,
    timings: Timings,
    *,
    received_at: datetime | None = None,
) -> Sighting:
    """Return what the story needs to know of a message that came now, or at `received_at`."""
    seen = seen_at(message, received_at or now, clock_behind=source.clock_behind)
    return Sighting(
        detection_id=str(message.id),
        site_id=source.site_id,
        station_id=source.station_id,
        deployment_id=message.deployment_id,
        position=source.position,
        seen_at=seen,
        elephants=elephants_in(message),
        people_beside=has_people(message),
        simulated=source.simulated or message.simulated,
        historical=not is_news(seen, now, timings.alert_horizon),
        confidence=confidence_of(message),
        heading_deg=heading_of(message),
    )


async def detections_showing(session: AsyncSession, site_id: str, sha256: str) -> Sequence[str]:
    """Return the ids of the site's detections whose picture this is."""
    wanted = select(Detection.id).where(
        Detection.site_id == site_id, Detection.media_sha256 == sha256
    )
    return (await session.scalars(wanted)).all()


def _row(told: Told, now: datetime) -> dict[str, Any]:
    sighting, message = told.sighting, told.message
    return {
        "id": sighting.detection_id,
        "revision": message.revision,
        "site_id": sighting.site_id,
        "station_id": sighting.station_id,
        "deployment_id": sighting.deployment_id,
        "captured_at": taken_at(message, sighting.seen_at),
        "sent_at": message.sent_at,
        "received_at": now,
        "clock": message.clock.value,
        "lighting": message.lighting.value,
        "release": message.release,
        "threshold": message.threshold,
        "animals": JsonText(_ANIMALS.dump_json(message.animals).decode()),
        "elephants": sighting.elephants,
        "media_sha256": message.media_sha256,
        "simulated": sighting.simulated,
    }


def _what_grows(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _NEVER_CHANGES}


_GROWS = ("id", "started_at", "ended_at", "count", "looks", "animals", "heading_deg", "herd_id")
# Whose it is was settled by its first revision.
_NEVER_CHANGES = frozenset({"site_id", "station_id", "deployment_id", "simulated"})


def _open_event(row: Any) -> OpenEvent:
    return OpenEvent(
        id=row.id,
        site_id=row.site_id,
        station_id=row.station_id,
        deployment_id=row.deployment_id,
        simulated=row.simulated,
        position=Position(row.latitude, row.longitude),
        started_at=row.started_at,
        ended_at=row.ended_at,
        count=row.count,
        looks=row.looks,
        animals=row.animals,
        heading_deg=row.heading_deg,
        herd_id=row.herd_id,
    )


def _event_row(event: OpenEvent) -> dict[str, Any]:
    return {
        "site_id": event.site_id,
        "station_id": event.station_id,
        "deployment_id": event.deployment_id,
        "herd_id": event.herd_id,
        "started_at": event.started_at,
        "ended_at": event.ended_at,
        "latitude": event.position.latitude,
        "longitude": event.position.longitude,
        "count": event.count,
        "looks": event.looks,
        "animals": event.animals,
        "heading_deg": event.heading_deg,
        "simulated": event.simulated,
    }
