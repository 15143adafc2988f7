"""Rows of deliveries: planned with the alert, claimed, sent, confirmed by the phone."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.deliveries.rules import ALARMS, PRIORITY, RELIEF_LIFETIME, Occasion, told_at
from api.errors import NotFoundError
from api.tables import Alert, Delivery, DeliveryState, Follow, Person, Phone
from edge_agent.contracts.ids import uuid7


async def plan_alarm(
    session: AsyncSession,
    alert: Alert,
    occasion: Occasion,
    *,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Plan to ring every phone of those who follow the alert's geofence."""
    followers = (
        select(Phone.id)
        .join(Follow, Follow.person_id == Phone.person_id)
        .where(Follow.geofence_id == alert.geofence_id, Phone.gone_at.is_(None))
        .order_by(Phone.id)
    )
    phones = await session.scalars(followers)
    await _plan(session, alert, occasion, phones, now=now, expires_at=expires_at)


async def plan_closing(
    session: AsyncSession, alert: Alert, occasion: Occasion, now: datetime
) -> None:
    """Plan to tell the end to every phone that was rung, and stop what has not gone out.

    The alarms still waiting are stopped first: their row locks settle, with a dispatcher at work,
    which phones were rung.
    """
    alarms = (Delivery.alert_id == alert.id, Delivery.occasion.in_(ALARMS))
    await session.execute(
        update(Delivery)
        .where(*alarms, Delivery.state == DeliveryState.PENDING, is_free(now))
        .values(state=DeliveryState.EXPIRED, detail=f"{occasion} before it was sent")
    )
    rung = (
        select(Delivery.phone_id)
        .join(Phone, Phone.id == Delivery.phone_id)
        .where(
            *alarms,
            Delivery.attempts > 0,
            Delivery.state != DeliveryState.FAILED,
            Phone.gone_at.is_(None),
        )
        .distinct()
    )
    phones = await session.scalars(rung)
    await _plan(session, alert, occasion, phones, now=now, expires_at=now + RELIEF_LIFETIME)


async def acknowledge(
    session: AsyncSession, alert_id: str, person_id: int, answered_at: datetime
) -> None:
    """Keep, for the proof, that a person has answered what came to their phones."""
    theirs = select(Phone.id).where(Phone.person_id == person_id)
    await session.execute(
        update(Delivery)
        .where(
            Delivery.alert_id == alert_id,
            Delivery.phone_id.in_(theirs),
            Delivery.acknowledged_at.is_(None),
        )
        .values(acknowledged_at=answered_at)
    )


async def delivery_of(session: AsyncSession, delivery_id: str) -> Delivery:
    """Return the delivery.

    Raises:
        NotFoundError: none of that id.
    """
    delivery = await session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFoundError("there is no such delivery")
    return delivery


async def person_of(session: AsyncSession, delivery: Delivery) -> Person:
    """Return whose phone the delivery goes to."""
    wanted = (
        select(Person)
        .join(Phone, Phone.person_id == Person.id)
        .where(Phone.id == delivery.phone_id)
    )
    return (await session.scalars(wanted)).one()


async def confirm(
    session: AsyncSession, delivery: Delivery, kind: str, at: datetime, now: datetime
) -> None:
    """Keep what the phone says of a delivery: received, shown or opened. The first time counts.

    It proves that the push went out, so one whose sending ended unknown is not sent again.
    """
    moment = told_at(at, delivery.created_at, now)
    delivery.received_at = delivery.received_at or moment
    if kind == "shown":
        delivery.shown_at = delivery.shown_at or moment
    if kind == "opened":
        delivery.opened_at = delivery.opened_at or moment
    if delivery.state != DeliveryState.SENT:
        delivery.state = DeliveryState.SENT
        delivery.sent_at = delivery.sent_at or moment
    phone = await session.get_one(Phone, delivery.phone_id)
    phone.last_reached_at = max(phone.last_reached_at or moment, moment)
    await session.flush()


def is_free(now: datetime) -> ColumnElement[bool]:
    """Whether no dispatcher is at work on a delivery."""
    return or_(Delivery.claimed_until.is_(None), Delivery.claimed_until <= now)


async def states(session: AsyncSession) -> dict[str, int]:
    """Count deliveries by state."""
    wanted = select(Delivery.state, func.count()).group_by(Delivery.state)
    return {str(state): count for state, count in await session.execute(wanted)}


async def _plan(
    session: AsyncSession,
    alert: Alert,
    occasion: Occasion,
    phone_ids: Iterable[int],
    *,
    now: datetime,
    expires_at: datetime,
) -> None:
    rows = [
        {
            "id": str(uuid7()),
            "alert_id": alert.id,
            "phone_id": phone_id,
            "channel": "web_push",
            "occasion": occasion,
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "priority": PRIORITY[occasion],
            "created_at": now,
            "due_at": now,
            "expires_at": expires_at,
        }
        for phone_id in phone_ids
    ]
    if rows:
        statement = insert_into(session, Delivery).on_conflict_do_nothing(
            index_elements=[Delivery.alert_id, Delivery.phone_id, Delivery.occasion]
        )
        await session.execute(statement, rows)
