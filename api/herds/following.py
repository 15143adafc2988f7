"""Alerts go with the events on which they rest, when these turn out to be another herd's.

Nobody is rung by that: only a sighting rings, and only for a level that was not rung for yet.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.herds.book import Move
from api.tables import Alert, Detection

MANY_VISITS = 1_000_000


async def follow(session: AsyncSession, moves: Sequence[Move], now: datetime) -> list[str]:
    """Let alerts go with these events; return their ids. Herds, events, detections must be kept.

    An alert that was raised before such an event began is of the herd that was left, and stays
    there, unless nothing is left of that.
    """
    followed: list[str] = []
    for move in moves:
        theirs = select(Alert.id).where(Alert.herd_id == move.left.id)
        if move.left.went_into is not move.joined:
            resting = select(Detection.id).where(Detection.event_id == move.event.id)
            theirs = theirs.where(
                Alert.detection_id.in_(resting), Alert.raised_at >= move.event.started_at
            )
        found = (await session.scalars(theirs)).all()
        if not found:
            continue
        await session.execute(
            update(Alert)
            .where(Alert.id.in_(found))
            .values(herd_id=move.joined.id, visit=Alert.visit + MANY_VISITS, changed_at=now)
        )
        for herd in (move.left, move.joined):
            await count_visits(session, herd.id)
        followed += found
    return followed


async def count_visits(session: AsyncSession, herd_id: int | None) -> None:
    """Number a herd's alerts of each geofence anew, the first raised first."""
    wanted = select(Alert).where(Alert.herd_id == herd_id).order_by(Alert.raised_at, Alert.id)
    alerts = (await session.scalars(wanted.execution_options(populate_existing=True))).all()
    for alert in alerts:  # out of the way first: the numbers are unique
        alert.visit += 2 * MANY_VISITS
    await session.flush()
    visits: dict[int, int] = {}
    for alert in alerts:
        visits[alert.geofence_id] = visits.get(alert.geofence_id, 0) + 1
        alert.visit = visits[alert.geofence_id]
    await session.flush()
