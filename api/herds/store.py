"""Rows of herds: read around a batch, and written after it was told."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, bindparam, cast, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import add_numbered, change_rows
from api.events.book import EventBook
from api.events.rules import Sighting
from api.events.store import adopt_events
from api.herds.book import HerdBook, OpenHerd
from api.herds.forecast import pace_of
from api.herds.measure import JOINS_WITHIN
from api.herds.retelling import TOLD_AGAIN
from api.herds.rules import NEW_A_DAY, Path, Stay
from api.herds.tables import HerdCorrection
from api.position import Position
from api.questions import among, ask
from api.tables import Alert, Event, Herd

MOST_PATH_POINTS = 2000
MOST_HERDS = 200
DAY = timedelta(days=1)
RECENT = 60 * DAY
USUAL_DAYS = 30  # so many days of its own weigh as much as what is usual elsewhere

_AROUND = (
    select(
        Herd.id,
        Herd.site_id,
        Herd.simulated,
        Herd.latitude,
        Herd.longitude,
        Herd.first_seen_at,
        Herd.last_seen_at,
        Herd.count,
        cast(Herd.path, Text).label("path"),
    )
    .where(
        or_(
            among(Herd.site_id, "sites")
            & (Herd.last_seen_at >= bindparam("since"))
            & (Herd.last_seen_at <= bindparam("until")),
            among(Herd.id, "herds"),
        )
    )
    .order_by(Herd.id)
)
_CAME = (
    select(Herd.site_id, func.count(), func.min(Herd.first_seen_at))
    .where(
        among(Herd.site_id, "sites"),
        Herd.simulated.is_(False),
        Herd.last_seen_at >= bindparam("since"),
        Herd.last_seen_at < bindparam("until"),
        Herd.last_seen_at > Herd.first_seen_at,
    )
    .group_by(Herd.site_id)
)
_CORRECTED = select(HerdCorrection.herd_id, HerdCorrection.other_id).where(
    among(HerdCorrection.herd_id, "herds") | among(HerdCorrection.other_id, "herds")
)


async def herds_around(
    session: AsyncSession, sightings: Sequence[Sighting], events: EventBook
) -> HerdBook:
    """Return every herd that one of the sightings can belong to."""
    if not sightings:
        return HerdBook(())
    moments = [sighting.seen_at for sighting in sightings]
    sites = {sighting.site_id for sighting in sightings}
    first, last = min(moments) - TOLD_AGAIN, max(moments) + TOLD_AGAIN
    await adopt_events(session, events, sites, first, last)
    joined = {event.herd_id for event in events.all if event.herd_id is not None}
    rows = await ask(
        session,
        _AROUND,
        sites=sites,
        since=min(moments) - JOINS_WITHIN,
        until=max(moments) + JOINS_WITHIN,
        herds=joined,
    )
    herds = [_open_herd(row) for row in rows]
    settled = await _settled(session, {herd.id for herd in herds if herd.id is not None})
    for herd in herds:
        herd.is_settled = herd.id in settled
    return HerdBook(herds, events.all, await new_a_day(session, sites, min(moments)))


async def new_a_day(
    session: AsyncSession, site_ids: Collection[str], moment: datetime
) -> dict[str, float]:
    """Return how many herds a day came to each site in the two months before that day.

    What was seen once may have been a bush, and does not count. As long as a site knows little,
    mostly the usual.
    """
    today = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await ask(session, _CAME, sites=site_ids, since=today - RECENT, until=today)
    return {
        site_id: (NEW_A_DAY * USUAL_DAYS + count) / (USUAL_DAYS + (today - first) / DAY)
        for site_id, count, first in rows
    }


async def _settled(session: AsyncSession, herd_ids: Collection[int]) -> set[int]:
    """Return which of the herds people have put right."""
    rows = await ask(session, _CORRECTED, herds=herd_ids) if herd_ids else ()
    return {number for row in rows for number in row}


async def write_herds(session: AsyncSession, book: HerdBook) -> None:
    """Keep what became of the herds; new ones get their ids, and their events know them."""
    new = [herd for herd in (*book.all, *book.gone) if herd.id is None]
    changed = [herd for herd in book.all if herd.id is not None and herd.is_changed]
    numbers = await add_numbered(session, Herd, [_row(herd) for herd in new])
    for herd, number in zip(new, numbers, strict=True):
        herd.id = number
    await change_rows(session, Herd, [_row(herd) | {"id": herd.id} for herd in changed])
    for event, herd in book.of_event.items():
        if event.herd_id != herd.id:
            event.herd_id, event.is_changed = herd.id, True


async def forget_herds(session: AsyncSession, book: HerdBook) -> None:
    """Forget the herds that are others by now, once their events and alerts have gone to those."""
    if book.gone:
        numbers = [herd.id for herd in book.gone]
        is_free = ~exists().where(Event.herd_id == Herd.id) & ~exists().where(
            Alert.herd_id == Herd.id
        )
        await session.execute(delete(Herd).where(Herd.id.in_(numbers), is_free))


async def pace_at(session: AsyncSession, site_id: str, moment: datetime) -> float:
    """Return how many times as fast as usual the site's herds of the last two months walk."""
    wanted = (
        select(Herd.path)
        .where(
            Herd.site_id == site_id,
            Herd.simulated.is_(False),
            Herd.last_seen_at >= moment - RECENT,
        )
        .order_by(Herd.last_seen_at.desc(), Herd.id.desc())
        .limit(MOST_HERDS)
    )
    return pace_of(read_path(path) for path in await session.scalars(wanted))


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
    """Return a path as it is kept: of each stay the place, since, until, count, looks, animals."""
    return [
        [
            stay.position.latitude,
            stay.position.longitude,
            stay.since.isoformat(),
            stay.until.isoformat(),
            stay.count,
            stay.looks,
            stay.animals,
            stay.heading_deg,
        ]
        for stay in path
    ]


def read_path(kept: list[list[Any]]) -> Path:
    """Return a path from what is kept of it; looks and headings were not always."""
    return tuple(
        Stay(
            Position(latitude, longitude),
            datetime.fromisoformat(since),
            datetime.fromisoformat(until),
            count,
            *looks,
        )
        for latitude, longitude, since, until, count, *looks in kept
    )


@lru_cache(maxsize=1_000)  # of a batch's herds most are as they were at the last
def _read_again(kept: str) -> Path:
    return read_path(json.loads(kept))


def _open_herd(row: Any) -> OpenHerd:
    return OpenHerd(
        id=row.id,
        site_id=row.site_id,
        simulated=row.simulated,
        position=Position(row.latitude, row.longitude),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        count=row.count,
        path=_read_again(row.path),
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
