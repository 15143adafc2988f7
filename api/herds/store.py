"""Rows of herds: read around a batch, and written after it was told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import add_numbered, change_rows
from api.events.book import EventBook
from api.events.rules import Sighting
from api.herds.book import HerdBook, OpenHerd
from api.herds.rules import OVER_AFTER, Path, Stay
from api.position import Position
from api.tables import Event, Herd

MOST_PATH_POINTS = 2000
MOST_HERDS = 200


async def herds_around(
    session: AsyncSession, sightings: Sequence[Sighting], events: EventBook
) -> HerdBook:
    """Return every herd that one of the sightings can belong to."""
    if not sightings:
        return HerdBook(())
    moments = [sighting.seen_at for sighting in sightings]
    joined = {event.herd_id for event in events.all if event.herd_id is not None}
    wanted = select(
        Herd.id,
        Herd.site_id,
        Herd.simulated,
        Herd.latitude,
        Herd.longitude,
        Herd.first_seen_at,
        Herd.last_seen_at,
        Herd.count,
        Herd.path,
    ).where(
        or_(
            Herd.site_id.in_({sighting.site_id for sighting in sightings})
            & (Herd.last_seen_at >= min(moments) - OVER_AFTER)
            & (Herd.last_seen_at <= max(moments) + OVER_AFTER),
            *([Herd.id.in_(joined)] if joined else ()),
        )
    )
    return HerdBook(map(_open_herd, await session.execute(wanted.order_by(Herd.id))))


async def write_herds(session: AsyncSession, book: HerdBook) -> None:
    """Keep what became of the herds; new ones get their ids, and their events know them."""
    new = [herd for herd in book.all if herd.id is None]
    changed = [herd for herd in book.all if herd.id is not None and herd.is_changed]
    numbers = await add_numbered(session, Herd, [_row(herd) for herd in new])
    for herd, number in zip(new, numbers, strict=True):
        herd.id = number
    await change_rows(session, Herd, [_row(herd) | {"id": herd.id} for herd in changed])
    for event, herd in book.of_event.items():
        if event.herd_id != herd.id:
            event.herd_id, event.is_changed = herd.id, True


@dataclass(frozen=True, slots=True)
class PathPoint:
    """Where a herd was seen, and when last there."""

    position: Position
    at: datetime


async def herds_since(session: AsyncSession, site_id: str, moment: datetime) -> Sequence[Herd]:
    """Return the site's herds that were seen since then, the most lately seen first."""
    wanted = (
        select(Herd)
        .where(Herd.site_id == site_id, Herd.last_seen_at >= moment)
        .order_by(Herd.last_seen_at.desc(), Herd.id.desc())
        .limit(MOST_HERDS)
    )
    return (await session.scalars(wanted)).all()


async def paths_of(session: AsyncSession, herd_ids: Collection[int]) -> dict[int, list[PathPoint]]:
    """Return the newest points of these herds, by herd, oldest first."""
    wanted = (
        select(Event.herd_id, Event.latitude, Event.longitude, Event.ended_at)
        .where(Event.herd_id.in_(herd_ids))
        .order_by(Event.ended_at.desc(), Event.id.desc())
        .limit(MOST_PATH_POINTS)
    )
    found: dict[int, list[PathPoint]] = {}
    rows = (await session.execute(wanted)).all() if herd_ids else []
    for herd_id, latitude, longitude, at in reversed(rows):
        if herd_id is not None:
            found.setdefault(herd_id, []).append(PathPoint(Position(latitude, longitude), at))
    return found


def written_path(path: Path) -> list[list[Any]]:
    """Return a path as it is kept: latitude, longitude, since, until, count of each stay."""
    return [
        [
            stay.position.latitude,
            stay.position.longitude,
            stay.since.isoformat(),
            stay.until.isoformat(),
            stay.count,
        ]
        for stay in path
    ]


def read_path(kept: list[list[Any]]) -> Path:
    """Return a path from what is kept of it."""
    return tuple(
        Stay(
            Position(latitude, longitude),
            datetime.fromisoformat(since),
            datetime.fromisoformat(until),
            count,
        )
        for latitude, longitude, since, until, count in kept
    )


def _open_herd(row: Any) -> OpenHerd:
    return OpenHerd(
        id=row.id,
        site_id=row.site_id,
        simulated=row.simulated,
        position=Position(row.latitude, row.longitude),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        count=row.count,
        path=read_path(row.path),
    )


def _row(herd: OpenHerd) -> dict[str, Any]:
    return {
        "site_id": herd.site_id,
        "simulated": herd.simulated,
        "latitude": herd.position.latitude,
        "longitude": herd.position.longitude,
        "first_seen_at": herd.first_seen_at,
        "last_seen_at": herd.last_seen_at,
        "count": herd.count,
        "path": written_path(herd.path),
    }
