"""Counts events in the database: a few grouped queries, however many rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

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
class CameraDays:
    """A camera, the days with events, and from when to when it is known to have been there."""

    station: str
    station_name: str
    deployment_id: str
    days: list[tuple[date, int]]
    since: datetime
    until: datetime

    @property
    def name(self) -> str:
        """Its name in tables."""
        return f"{self.station}:{self.deployment_id}"


async def buckets(session: AsyncSession, span: Span, seconds: int) -> Sequence[tuple[int, int]]:
    """Return how many events began in each so many seconds since 1970."""
    bucket = (_epoch(session) / seconds).label("bucket")
    wanted = _chosen(select(bucket, func.count()), span).group_by(bucket)
    return [(int(row[0]), row[1]) for row in await session.execute(wanted)]


async def camera_days(session: AsyncSession, span: Span, offset: timedelta) -> list[CameraDays]:
    """Return every camera's days with events, on a clock so far from UTC."""
    shift = int(offset.total_seconds())
    day = ((_epoch(session) + shift) / _DAY_S).label("day")
    keys = Event.station_id, Event.deployment_id
    wanted = _chosen(select(*keys, day, func.count()), span).group_by(*keys, day).order_by(day)
    found: dict[tuple[int, str], list[tuple[date, int]]] = {}
    for station_id, deployment_id, number, events in await session.execute(wanted):
        when = _EPOCH + timedelta(days=int(number))
        found.setdefault((station_id, deployment_id), []).append((when, events))
    known = select(
        *keys,
        Station.name_id,
        Station.name,
        Station.last_seen_at,
        func.min(Event.started_at),
        func.max(Event.ended_at),
    ).join(Station, Station.id == Event.station_id)
    known = known.where(Event.site_id == span.site_id)
    if not span.drills:
        known = known.where(Event.simulated.is_(False))
    rows = await session.execute(
        known.group_by(*keys, Station.name_id, Station.name, Station.last_seen_at).order_by(
            Station.name, Event.deployment_id
        )
    )
    return [
        CameraDays(
            station=row[2],
            station_name=row[3],
            deployment_id=row[1],
            days=found.get((row[0], row[1]), []),
            since=row[5],
            until=max(row[6], row[4] or row[6]),
        )
        for row in rows
        if span.station in {None, row[2]}
    ]


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
    ).where(Event.herd_id.in_(numbers))
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


def _epoch(session: AsyncSession) -> ColumnElement[int]:
    """Return an event's beginning in whole seconds since 1970, as each database says it."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", Event.started_at), Integer)
    return cast(func.floor(func.extract("epoch", Event.started_at)), Integer)


def _chosen(wanted: Any, span: Span) -> Any:
    confirmed = EventReview.verdict == Decision.ELEPHANT.value
    believed = and_(EventReview.verdict.is_(None), Event.count > 0)
    wanted = (
        wanted.select_from(Event)
        .join(Station, Station.id == Event.station_id)
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
        wanted = wanted.where(Station.name_id == span.station)
    return wanted
