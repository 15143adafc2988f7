"""Rings those whose shared cell is near a herd that is being warned of, whatever they follow.

Found again and again while the alert is news, not only when it grows: the herd walks, and so do
people. Nobody is rung for a herd that they were rung for already at the same level or a worse one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.rules import MOVES
from api.deliveries.planning import plan_for_people
from api.deliveries.rules import ALARM_RANK, ALARMS, Occasion, alarm_expires_at
from api.drills.tables import Drill
from api.ledger import notes
from api.ledger import store as ledger
from api.people.nearby import people_near, sites_with_cells
from api.position import Position
from api.sites.store import lock_site
from api.tables import Alert, Delivery, Herd, Phone
from mobile_push.notification import NEWS_LIFETIME

_OPEN = [state for state, moves in MOVES.items() if moves]


async def unrung(
    session: AsyncSession, now: datetime
) -> Mapping[str, Mapping[str, frozenset[int]]]:
    """Return who is near a herd and was not rung for it, by site and alert; only reads."""
    found: dict[str, dict[str, frozenset[int]]] = {}
    for site_id in sorted(await sites_with_cells(session, now)):
        by_alert = await _unrung_at(session, site_id, now)
        if by_alert:
            found[site_id] = by_alert
    return found


async def ring(
    session: AsyncSession, found: Mapping[str, Mapping[str, frozenset[int]]], now: datetime
) -> None:
    """Plan to ring them. Safe to repeat: a phone is rung once for an alert's level."""
    for site_id, by_alert in found.items():
        await lock_site(session, site_id)
        noted = []
        for alert_id, people in by_alert.items():
            alert = await session.get_one(Alert, alert_id, populate_existing=True)
            occasion = Occasion(alert.level)
            if alert.state not in _OPEN:
                continue
            planned = await plan_for_people(
                session,
                alert,
                occasion,
                people,
                now=now,
                expires_at=alarm_expires_at(alert.captured_at, now, NEWS_LIFETIME),
            )
            if planned:
                noted.append(notes.planned(alert, occasion, planned))
        await ledger.append(session, site_id, noted, now)


async def _unrung_at(
    session: AsyncSession, site_id: str, now: datetime
) -> dict[str, frozenset[int]]:
    wanted = (
        select(Alert, Herd.latitude, Herd.longitude)
        .join(Herd, Herd.id == Alert.herd_id)
        .where(
            Alert.site_id == site_id,
            Alert.state.in_(_OPEN),
            Alert.captured_at > now - NEWS_LIFETIME + timedelta(seconds=10),
            Alert.herd_id.not_in(select(Drill.herd_id)),  # practice is for whom it was ordered
        )
    )
    rows = sorted(await session.execute(wanted), key=lambda row: _urgency(row[0]))
    found: dict[str, frozenset[int]] = {}
    taken: dict[int, set[int]] = {}  # by herd: an alert that comes first has them
    for alert, latitude, longitude in rows:
        near = await people_near(session, site_id, Position(latitude, longitude), now)
        near -= taken.setdefault(alert.herd_id, set())
        if near and (left := near - await _rung(session, alert, near)):
            found[alert.id] = left
            taken[alert.herd_id] |= left
    return found


async def _rung(session: AsyncSession, alert: Alert, people: frozenset[int]) -> frozenset[int]:
    as_bad = [one for one in ALARMS if ALARM_RANK[one] >= ALARM_RANK[Occasion(alert.level)]]
    wanted = (
        select(Phone.person_id)
        .join(Delivery, Delivery.phone_id == Phone.id)
        .join(Alert, Alert.id == Delivery.alert_id)
        .where(
            Alert.herd_id == alert.herd_id,
            Alert.state.in_(_OPEN),
            Delivery.occasion.in_(as_bad),
            Phone.person_id.in_(people),
        )
    )
    return frozenset(await session.scalars(wanted))


def _urgency(alert: Alert) -> tuple[int, float]:
    return -ALARM_RANK[Occasion(alert.level)], alert.distance_m
