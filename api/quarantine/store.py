"""Rows of the quarantine."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.quarantine.rules import MAX_KEPT_BYTES, MAX_KEPT_TOPIC, MAX_ROWS
from api.tables import QuarantineCount, Quarantined

NOBODY = ""  # the scope of messages whose topic names no site of ours


async def keep(session: AsyncSession, rows: Sequence[Quarantined]) -> None:
    """Keep these; the oldest make room."""
    for row in rows:
        row.payload = row.payload[:MAX_KEPT_BYTES]
        row.topic = row.topic[:MAX_KEPT_TOPIC].replace("\0", "�")
        row.reason = row.reason.replace("\0", "�")
    session.add_all(rows)
    await session.flush()
    newest = await session.scalar(select(func.max(Quarantined.id)))
    await session.execute(delete(Quarantined).where(Quarantined.id <= (newest or 0) - MAX_ROWS))


async def count_more(session: AsyncSession, counts: Mapping[tuple[str, str], int]) -> None:
    """Add to the totals, by scope (a site, or NOBODY) and reason code."""
    for (scope, code), more in sorted(counts.items()):
        statement = insert_into(session, QuarantineCount).values(
            scope=scope, reason_code=code, count=more
        )
        total = QuarantineCount.count + more
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["scope", "reason_code"], set_={"count": total}
            )
        )


async def counts_for(session: AsyncSession, site_id: str) -> dict[str, int]:
    """Return the totals of a site and of what belongs to nobody, by reason code."""
    wanted = (
        select(QuarantineCount.reason_code, func.sum(QuarantineCount.count))
        .where(QuarantineCount.scope.in_((site_id, NOBODY)))
        .group_by(QuarantineCount.reason_code)
    )
    return {code: int(total) for code, total in await session.execute(wanted)}


async def newest_for(session: AsyncSession, site_id: str, *, limit: int) -> Sequence[Quarantined]:
    """Return what was kept of a site and of nobody, newest first."""
    wanted = (
        select(Quarantined)
        .where(or_(Quarantined.site_id == site_id, Quarantined.site_id.is_(None)))
        .order_by(Quarantined.id.desc())
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()
