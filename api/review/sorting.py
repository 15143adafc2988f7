"""Puts new events into the review queue, each with what looking at it would teach."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import add_rows
from api.database import insert_into
from api.review.rules import (
    NEW_CAMERA_EVENTS,
    ReviewState,
    doubt,
    elephant_confidence,
    is_for_two,
    priority,
)
from api.review.tables import EventReview
from api.tables import Detection, Event, Site

SORTED_AT_ONCE = 2000
_NOON_TO_NOON, _A_DAY = timedelta(hours=12), timedelta(days=1)

Camera = tuple[int, str]


async def sort_in(session: AsyncSession, site_id: str, share: float) -> bool:
    """Take the site's events that are not in the queue yet, the oldest first.

    Returns whether some are left: at most `SORTED_AT_ONCE` are taken in one transaction, so that
    nobody waits for years of an import. Two at once take the same ones; one of them wins. A site's
    events become visible in the order of their numbers (see `lock_site`), so none is passed over.
    """
    newest = await session.scalar(
        select(func.max(EventReview.event_id)).where(EventReview.site_id == site_id)
    )
    wanted = (
        select(Event.id, Event.station_id, Event.deployment_id, Event.started_at, Event.simulated)
        .where(Event.site_id == site_id, Event.id > (newest or 0))
        .order_by(Event.id)
        .limit(SORTED_AT_ONCE + 1)
    )
    events = (await session.execute(wanted)).all()
    taken = events[:SORTED_AT_ONCE]
    if taken:
        rows = await _rows(session, site_id, taken, share)
        if session.get_bind().dialect.name == "sqlite":
            await add_rows(session, EventReview, rows)  # nobody else writes meanwhile
        else:
            added = insert_into(session, EventReview).on_conflict_do_nothing()
            await session.execute(added, rows)
    return len(events) > len(taken)


async def _rows(
    session: AsyncSession, site_id: str, events: Sequence[Any], share: float
) -> list[dict[str, Any]]:
    seen = await _seen(session, [event.id for event in events])
    known = await _events_of_cameras(session, {(e.station_id, e.deployment_id) for e in events})
    zone = await zone_of(session, site_id)
    nights = await _known_nights(session, events, zone)
    rows = []
    for event in events:
        camera = (event.station_id, event.deployment_id)
        night = night_of(event.started_at, zone)
        frames, lighting = seen.get(event.id, ([], "day"))
        unsure = doubt(frames)
        is_new_camera = known.get(camera, 0) < NEW_CAMERA_EVENTS
        is_new_night = night not in nights.setdefault(camera, set())
        known[camera] = known.get(camera, 0) + 1
        nights[camera].add(night)
        rows.append(
            {
                "event_id": event.id,
                "site_id": site_id,
                "station_id": event.station_id,
                "deployment_id": event.deployment_id,
                "started_at": event.started_at,
                "simulated": event.simulated,
                "lighting": lighting,
                "doubt": unsure,
                "is_new_camera": is_new_camera,
                "is_new_night": is_new_night,
                "priority": priority(
                    unsure, is_new_camera=is_new_camera, is_new_night=is_new_night, disputed=False
                ),
                "readers": 0,
                "readers_wanted": 2 if is_for_two(site_id, event.id, share) else 1,
                "state": ReviewState.OPEN.value,
                "verdict": None,
                "count": None,
            }
        )
    return rows


async def _seen(
    session: AsyncSession, event_ids: Sequence[int]
) -> dict[int, tuple[list[tuple[float, float]], str]]:
    """Return of each event its frames' (confidence, threshold), and the lighting."""
    found: dict[int, tuple[list[tuple[float, float]], str]] = {}
    for first in range(0, len(event_ids), 500):
        wanted = select(
            Detection.event_id, Detection.animals, Detection.threshold, Detection.lighting
        ).where(Detection.event_id.in_(event_ids[first : first + 500]))
        for event_id, animals, threshold, lighting in await session.execute(wanted):
            frames, _ = found.setdefault(event_id, ([], lighting))
            frames.append((elephant_confidence(animals), threshold))
    return found


async def _known_nights(
    session: AsyncSession, events: Sequence[Any], zone: tzinfo
) -> dict[Camera, set[date]]:
    """Return the nights, around those of the events, of which the queue has an event already."""
    moments = [event.started_at for event in events]
    wanted = select(
        EventReview.station_id, EventReview.deployment_id, EventReview.started_at
    ).where(
        EventReview.station_id.in_({event.station_id for event in events}),
        EventReview.started_at.between(min(moments) - _A_DAY, max(moments) + _A_DAY),
    )
    found: dict[Camera, set[date]] = {}
    for station, deployment, started_at in await session.execute(wanted):
        found.setdefault((station, deployment), set()).add(night_of(started_at, zone))
    return found


async def _events_of_cameras(session: AsyncSession, cameras: set[Camera]) -> dict[Camera, int]:
    wanted = (
        select(EventReview.station_id, EventReview.deployment_id, func.count())
        .where(EventReview.station_id.in_({station for station, _ in cameras}))
        .group_by(EventReview.station_id, EventReview.deployment_id)
    )
    rows = await session.execute(wanted)
    return {(station, deployment): known for station, deployment, known in rows}


async def zone_of(session: AsyncSession, site_id: str) -> tzinfo:
    """Return the site's time zone; UTC if this machine knows none of that name."""
    name = await session.scalar(select(Site.timezone).where(Site.id == site_id))
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def night_of(moment: datetime, zone: tzinfo) -> date:
    """Return the date on which the night around a moment began, on the site's clock."""
    return (moment.astimezone(zone) - _NOON_TO_NOON).date()
