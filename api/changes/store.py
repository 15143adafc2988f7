"""Rows of changes: what the live stream and the site's alerts topic still have to tell."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Integer, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import add_rows
from api.questions import among, ask
from api.sites.store import lock_site
from api.tables import Change

ALERT = "alert"
DETECTION = "detection"
STATION = "station"

_UNTOLD = (
    select(Change)
    .where(Change.kind == ALERT, Change.told_at.is_(None))
    .order_by(Change.id)
    .limit(bindparam("limit", type_=Integer))
)
_TOLD = update(Change).where(among(Change.id, "numbers")).values(told_at=bindparam("now"))

Subject = tuple[str, str, str]  # a site, a kind, and the id of what changed


async def add_change(
    session: AsyncSession, *, site_id: str, kind: str, subject_id: str, now: datetime
) -> None:
    """Keep that something changed; it is told after the caller's commit.

    The site is locked first: a site's changes then become visible in the order of their numbers,
    so a listener that has seen number 7 never misses a 6 that was committed later.
    """
    await lock_site(session, site_id)
    await add_changes(session, [(site_id, kind, subject_id)], now)


async def add_changes(session: AsyncSession, subjects: Iterable[Subject], now: datetime) -> None:
    """Keep that many things changed, in their order; each of them once. Their sites are locked."""
    rows = [
        {"site_id": site_id, "kind": kind, "subject_id": subject_id, "at": now}
        for site_id, kind, subject_id in dict.fromkeys(subjects)
    ]
    await add_rows(session, Change, rows)


async def newest_number(session: AsyncSession, site_id: str) -> int:
    """Return the number of the site's newest change, 0 if there is none."""
    wanted = select(func.max(Change.id)).where(Change.site_id == site_id)
    return await session.scalar(wanted) or 0


async def changes_after(
    session: AsyncSession, site_id: str, number: int, *, limit: int
) -> Sequence[Change]:
    """Return the site's changes with greater numbers, oldest first."""
    wanted = (
        select(Change)
        .where(Change.site_id == site_id, Change.id > number)
        .order_by(Change.id)
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()


async def untold_alerts(session: AsyncSession, *, limit: int) -> Sequence[Change]:
    """Return alert changes that the sites' alerts topics do not know yet, oldest first."""
    return (await session.scalars(_UNTOLD, {"limit": limit})).all()


async def mark_told(session: AsyncSession, numbers: Sequence[int], now: datetime) -> None:
    """Remember that these were told on the alerts topic."""
    await ask(session, _TOLD, numbers=numbers, now=now)


async def forget_before(session: AsyncSession, moment: datetime) -> None:
    """Remove old changes that were told, or that need no telling."""
    told = Change.told_at.is_not(None) | (Change.kind != ALERT)
    await session.execute(delete(Change).where(Change.at < moment, told))
