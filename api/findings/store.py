"""Counts events in the database: a few grouped queries, however many rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import seconds_of
from api.review.rules import Decision
from api.review.tables import EventReview
from api.tables import Event, Station

_EPOCH = date(1970, 1, 1)
_DAY_S = 86_400
PATHS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Span:
    """Which events of elephants: of a site and a time; only what people confirmed; drills too."""

    site_id: str
    since: datetime
    until: datetime
    reviewed_only: bool = False
    drills: bool = False
    station: str | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera, and from when to when it is known to have been there."""

    station: str
    station_name: str
    deployment_id: str
    since: datetime
    until: datetime

    @property
    def name(self) -> str:
        """Its name in tables."""
        return f"{self.station}:{self.deployment_id}"


async def buckets(session: AsyncSession, span: Span, seconds: int) -> Sequence[tuple[int, int]]:
    """Return how many events began in each so many seconds since 1970."""
    bucket = (seconds_of(session, Event.started_at) // seconds).label("bucket")
    wanted = _chosen(select(bucket, func.count()), span).group_by(bucket)
    return [(row[0], row[1]) for row in await session.execute(wanted)]


async def cameras_of(session: AsyncSession, span: Span) -> list[Camera]:
    """Return every camera that ever told of anything, by station and name.

    Its events follow each other: the first to end was the first to begin. So the index of their
    ends leads to both, and no year of events is read for it.
    """
    here = select(Station.id).where(Station.site_id == span.site_id)
    if span.station is not None:
        here = here.where(Station.name_id == span.station)
    keys = select(Event.station_id, Event.deployment_id).where(Event.station_id.in_(here))
    told = keys.distinct().subquery()
    of_it = [Event.station_id == told.c.station_id, Event.deployment_id == told.c.deployment_id]
    if not span.drills:
        of_it.append(Event.simulated.is_(False))
    first = select(Event.started_at).where(*of_it).order_by(Event.ended_at).limit(1)
    last = select(Event.ended_at).where(*of_it).order_by(Event.ended_at.desc()).limit(1)
    wanted = (
        select(
            Station.name_id,
            Station.name,
            told.c.deployment_id,
            Station.last_seen_at,
            first.scalar_subquery(),
            last.scalar_subquery(),
        )
        .join(Station, Station.id == told.c.station_id)
        .order_by(Station.name, told.c.deployment_id)
    )
    return [
        Camera(station, name, deployment_id, since, max(until, heard_at or until))
        for station, name, deployment_id, heard_at, since, until in await session.execute(wanted)
        if since is not None
    ]


async def camera_counts(
    session: AsyncSession, span: Span, offset: timedelta, first: date, days: int
) -> dict[str, dict[int, int]]:
    """Return of each camera, by its name, how many events it had in each so many days since then.

    `offset` is how far the clock that days are told by is from UTC.
    """
    start_s = (first - _EPOCH).days * _DAY_S - int(offset.total_seconds())
    number = ((seconds_of(session, Event.started_at) - start_s) // (days * _DAY_S)).label("number")
    keys = Event.station_id, Event.deployment_id
    counted = _chosen(select(*keys, number, func.count().label("events")), span)
    rows = counted.group_by(*keys, number).subquery()
    wanted = select(Station.name_id, rows.c.deployment_id, rows.c.number, rows.c.events)
    found: dict[str, dict[int, int]] = {}
    for station, deployment_id, count, events in await session.execute(
        wanted.join(Station, Station.id == rows.c.station_id)
    ):
        found.setdefault(f"{station}:{deployment_id}", {})[count] = events
    return found


async def herd_paths(session: AsyncSession, span: Span) -> list[dict[str, Any]]:
    """Return the newest herds that were seen by more than one event, each with its way."""
    herds = (
        _chosen(select(Event.herd_id), span)
        .where(Event.herd_id.is_not(None))
        .group_by(Event.herd_id)
        .having(func.count() > 1)
        .order_by(Event.herd_id.desc())
        .limit(PATHS_SHOWN)
    )
    numbers = list(await session.scalars(herds))
    wanted = _chosen(
        select(Event.herd_id, Event.started_at, Event.latitude, Event.longitude, Station.name),
        span,
    )
    wanted = wanted.join(Station, Station.id == Event.station_id).where(Event.herd_id.in_(numbers))
    found: dict[int, list[Any]] = {}
    for row in await session.execute(wanted.order_by(Event.started_at)):
        found.setdefault(row[0], []).append(row)
    return [
        {
            "herd_id": herd_id,
            "points": [
                {"at": at, "latitude": latitude, "longitude": longitude, "station": name}
                for _, at, latitude, longitude, name in found[herd_id]
            ],
        }
        for herd_id in numbers
    ]


def _chosen(wanted: Any, span: Span) -> Any:
    confirmed = EventReview.verdict == Decision.ELEPHANT.value
    believed = and_(EventReview.verdict.is_(None), Event.count > 0)
    wanted = (
        wanted.select_from(Event)
        .outerjoin(EventReview, EventReview.event_id == Event.id)
        .where(
            Event.site_id == span.site_id,
            Event.started_at >= span.since,
            Event.started_at < span.until,
            confirmed if span.reviewed_only else or_(confirmed, believed),
        )
    )
    if not span.drills:
        wanted = wanted.where(Event.simulated.is_(False))
    if span.station is not None:
        here = select(Station.id).where(
            Station.site_id == span.site_id, Station.name_id == span.station
        )
        wanted = wanted.where(Event.station_id.in_(here))
    return wanted
