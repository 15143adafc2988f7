"""Rows of herds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.rules import Sighting
from api.herds.rules import OVER_AFTER, HerdTrace, nearest_herd
from api.position import Position
from api.tables import Event, Herd

MOST_PATH_POINTS = 2000


async def join(session: AsyncSession, event: Event, sighting: Sighting) -> Herd:
    """Return the herd that the event belongs to: known, joined, or new."""
    herd_id = event.herd_id or await _reachable_herd(session, sighting)
    if herd_id is None:
        herd = _new_herd(sighting)
        session.add(herd)
    else:
        herd = await session.get_one(Herd, herd_id)
        _move(herd, event, sighting)
    await session.flush()
    event.herd_id = herd.id
    await session.flush()
    return herd


@dataclass(frozen=True, slots=True)
class PathPoint:
    """Where a herd was seen, and when last there."""

    herd_id: int
    simulated: bool
    position: Position
    at: datetime


async def paths_since(session: AsyncSession, site_id: str, moment: datetime) -> Sequence[PathPoint]:
    """Return the newest points of the site's herds, oldest first."""
    wanted = (
        select(Event.herd_id, Event.simulated, Event.latitude, Event.longitude, Event.ended_at)
        .where(Event.site_id == site_id, Event.ended_at >= moment, Event.herd_id.is_not(None))
        .order_by(Event.ended_at.desc(), Event.id.desc())
        .limit(MOST_PATH_POINTS)
    )
    rows = (await session.execute(wanted)).all()
    return [
        PathPoint(herd_id, simulated, Position(latitude, longitude), at)
        for herd_id, simulated, latitude, longitude, at in reversed(rows)
        if herd_id is not None
    ]


async def _reachable_herd(session: AsyncSession, sighting: Sighting) -> int | None:
    wanted = select(Herd.id, Herd.latitude, Herd.longitude, Herd.last_seen_at).where(
        Herd.site_id == sighting.site_id,
        Herd.simulated == sighting.simulated,
        Herd.last_seen_at >= sighting.seen_at - OVER_AFTER,
        Herd.last_seen_at <= sighting.seen_at + OVER_AFTER,
    )
    traces = [
        HerdTrace(herd_id, Position(latitude, longitude), last_seen_at)
        for herd_id, latitude, longitude, last_seen_at in await session.execute(wanted)
    ]
    herd = nearest_herd(traces, sighting.position, sighting.seen_at)
    return herd.herd_id if herd else None


def _move(herd: Herd, event: Event, sighting: Sighting) -> None:
    herd.first_seen_at = min(herd.first_seen_at, sighting.seen_at)
    herd.count = max(herd.count, event.count)
    # Late news completes the story but does not turn the herd back.
    if sighting.seen_at >= herd.last_seen_at:
        herd.last_seen_at = sighting.seen_at
        herd.latitude = sighting.position.latitude
        herd.longitude = sighting.position.longitude


def _new_herd(sighting: Sighting) -> Herd:
    return Herd(
        site_id=sighting.site_id,
        first_seen_at=sighting.seen_at,
        last_seen_at=sighting.seen_at,
        latitude=sighting.position.latitude,
        longitude=sighting.position.longitude,
        count=sighting.elephants,
        simulated=sighting.simulated,
    )
