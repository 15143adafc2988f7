"""Rows of detections and events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.events.rules import (
    EventSpan,
    ForeignDetectionError,
    Sighting,
    Timings,
    elephants_in,
    has_people,
    is_news,
    nearest_span,
    seen_at,
)
from api.position import Position
from api.tables import Detection, Event, Station
from edge_agent.contracts.messages import DetectionMessage


async def add_detection(
    session: AsyncSession,
    station: Station,
    message: DetectionMessage,
    now: datetime,
    timings: Timings,
) -> Sighting | None:
    """Keep a detection, or its newer revision; None if nothing is new.

    The id made on the station decides, so any number of redeliveries in any order agree.

    Raises:
        ForeignDetectionError: the id is another station's, or a drill's and this is none.
    """
    sighting = _sighting(station, message, now, timings)
    statement = insert_into(session, Detection).values(_row(sighting, message, now))
    told = statement.excluded
    newer = {name: told[name] for name in _GROWS}
    kept = statement.on_conflict_do_update(
        index_elements=[Detection.id],
        # What once was news stays so: its alert has rung.
        set_={**newer, "historical": and_(Detection.historical, told.historical)},
        where=and_(
            Detection.revision < told.revision,
            Detection.station_id == told.station_id,
            Detection.simulated == told.simulated,
        ),
    ).returning(Detection.id, Detection.event_id)
    row = (await session.execute(kept)).one_or_none()
    if row is not None:
        return replace(sighting, event_id=row.event_id)
    await _refuse_strange(session, sighting)
    return None


async def open_or_extend(session: AsyncSession, sighting: Sighting, timings: Timings) -> Event:
    """Return the event that the sighting belongs to, opened or extended by it."""
    event: Event | None
    if sighting.event_id is not None:
        event = await session.get_one(Event, sighting.event_id)
    else:
        event = await _continued_event(session, sighting, timings)
    if event is None:
        event = _new_event(sighting)
        session.add(event)
    else:
        event.started_at = min(event.started_at, sighting.seen_at)
        event.ended_at = max(event.ended_at, sighting.seen_at)
        event.count = max(event.count, sighting.elephants)
    await session.flush()
    if sighting.event_id is None:
        await session.execute(
            update(Detection)
            .where(Detection.id == sighting.detection_id)
            .values(event_id=event.id)
            .execution_options(synchronize_session=False)
        )
    return event


async def detections_showing(session: AsyncSession, site_id: str, sha256: str) -> Sequence[str]:
    """Return the ids of the site's detections whose picture this is."""
    wanted = select(Detection.id).where(
        Detection.site_id == site_id, Detection.media_sha256 == sha256
    )
    return (await session.scalars(wanted)).all()


_GROWS = (
    "revision",
    "captured_at",
    "sent_at",
    "received_at",
    "clock",
    "lighting",
    "release",
    "threshold",
    "animals",
    "elephants",
    "media_sha256",
)


def _sighting(
    station: Station, message: DetectionMessage, now: datetime, timings: Timings
) -> Sighting:
    seen = seen_at(message, now)
    return Sighting(
        detection_id=str(message.id),
        site_id=station.site_id,
        station_id=station.id,
        deployment_id=message.deployment_id,
        position=Position(station.latitude, station.longitude),
        seen_at=seen,
        elephants=elephants_in(message),
        people_beside=has_people(message),
        simulated=station.simulated or message.simulated,
        historical=not is_news(seen, now, timings.alert_horizon),
    )


def _row(sighting: Sighting, message: DetectionMessage, now: datetime) -> dict[str, object]:
    return {
        "id": sighting.detection_id,
        "revision": message.revision,
        "site_id": sighting.site_id,
        "station_id": sighting.station_id,
        "deployment_id": sighting.deployment_id,
        "captured_at": sighting.seen_at,
        "sent_at": message.sent_at,
        "received_at": now,
        "clock": message.clock.value,
        "lighting": message.lighting.value,
        "release": message.release,
        "threshold": message.threshold,
        "animals": [animal.model_dump(mode="json") for animal in message.animals],
        "elephants": sighting.elephants,
        "media_sha256": message.media_sha256,
        "historical": sighting.historical,
        "simulated": sighting.simulated,
    }


async def _refuse_strange(session: AsyncSession, sighting: Sighting) -> None:
    wanted = select(Detection.station_id, Detection.simulated).where(
        Detection.id == sighting.detection_id
    )
    station_id, simulated = (await session.execute(wanted)).one()
    if station_id != sighting.station_id:
        raise ForeignDetectionError(
            f"the detection {sighting.detection_id} was made by another station"
        )
    if simulated != sighting.simulated:
        raise ForeignDetectionError(
            f"the detection {sighting.detection_id} cannot change between drill and real"
        )


async def _continued_event(
    session: AsyncSession, sighting: Sighting, timings: Timings
) -> Event | None:
    wanted = select(Event).where(
        Event.station_id == sighting.station_id,
        Event.deployment_id == sighting.deployment_id,
        Event.simulated == sighting.simulated,
        Event.ended_at >= sighting.seen_at - timings.event_silence,
        Event.started_at <= sighting.seen_at + timings.event_silence,
    )
    near = {event.id: event for event in await session.scalars(wanted)}
    spans = [EventSpan(event.id, event.started_at, event.ended_at) for event in near.values()]
    span = nearest_span(spans, sighting.seen_at, timings.event_silence)
    return near[span.event_id] if span else None


def _new_event(sighting: Sighting) -> Event:
    return Event(
        site_id=sighting.site_id,
        station_id=sighting.station_id,
        deployment_id=sighting.deployment_id,
        started_at=sighting.seen_at,
        ended_at=sighting.seen_at,
        latitude=sighting.position.latitude,
        longitude=sighting.position.longitude,
        count=sighting.elephants,
        simulated=sighting.simulated,
    )
