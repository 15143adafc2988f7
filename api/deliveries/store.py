"""Rows of deliveries: planned with the alert, claimed, sent, confirmed by the phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.deliveries.rules import ALARMS, PRIORITY, RELIEF_LIFETIME, Occasion, told_at
from api.errors import NotFoundError
from api.tables import Alert, Delivery, DeliveryState, Follow, Person, Phone
from edge_agent.contracts.ids import uuid7


@dataclass(frozen=True, slots=True)
class Planned:
    """A new delivery, and whose it is."""

    delivery: str
    phone: int
    person: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What is new in a phone's word: kinds of receipt, and that the push went out at all."""

    kinds: tuple[str, ...]
    told_at: datetime
    proves_sending: bool


async def plan_alarm(
    session: AsyncSession,
    alert: Alert,
    occasion: Occasion,
    *,
    now: datetime,
    expires_at: datetime,
) -> list[Planned]:
    """Plan to ring every phone of those who follow the alert's geofence; return what is new."""
    followers = (
        select(Phone.id, Phone.person_id)
        .join(Follow, Follow.person_id == Phone.person_id)
        .where(Follow.geofence_id == alert.geofence_id, Phone.gone_at.is_(None))
        .order_by(Phone.id)
    )
    people = {row.id: row.person_id for row in await session.execute(followers)}
    return await _plan(session, alert, occasion, people, now=now, expires_at=expires_at)


async def stop_waiting(
    session: AsyncSession, alert_id: str, because: str, now: datetime
) -> Sequence[str]:
    """Stop the alert's alarms that have not gone out; return their ids."""
    statement = (
        update(Delivery)
        .where(
            *_alarms(alert_id),
            Delivery.state == DeliveryState.PENDING,
            is_free(now),
        )
        .values(state=DeliveryState.EXPIRED, detail=because)
        .returning(Delivery.id)
    )
    return (await session.scalars(statement)).all()


async def plan_closing(
    session: AsyncSession, alert: Alert, occasion: Occasion, now: datetime
) -> list[Planned]:
    """Plan to tell the end to every phone that was rung; return what is new.

    What waits must have been stopped before: its row locks settle, with a dispatcher at work, which
    phones were rung.
    """
    rung = (
        select(Delivery.phone_id, Phone.person_id)
        .join(Phone, Phone.id == Delivery.phone_id)
        .where(
            *_alarms(alert.id),
            Delivery.attempts > 0,
            Delivery.state != DeliveryState.FAILED,
            Phone.gone_at.is_(None),
        )
        .distinct()
    )
    people = {row.phone_id: row.person_id for row in await session.execute(rung)}
    return await _plan(session, alert, occasion, people, now=now, expires_at=now + RELIEF_LIFETIME)


async def acknowledge(
    session: AsyncSession, alert_id: str, person_id: int, answered_at: datetime
) -> Sequence[str]:
    """Keep that a person has answered what came to their phones; return what that is new for."""
    theirs = select(Phone.id).where(Phone.person_id == person_id)
    statement = (
        update(Delivery)
        .where(
            Delivery.alert_id == alert_id,
            Delivery.phone_id.in_(theirs),
            Delivery.acknowledged_at.is_(None),
        )
        .values(acknowledged_at=answered_at)
        .returning(Delivery.id)
    )
    return (await session.scalars(statement)).all()


async def site_of(session: AsyncSession, delivery_id: str) -> str:
    """Return the id of the site to which the delivery belongs.

    Raises:
        NotFoundError: no delivery of that id.
    """
    wanted = (
        select(Alert.site_id)
        .join(Delivery, Delivery.alert_id == Alert.id)
        .where(Delivery.id == delivery_id)
    )
    site_id = await session.scalar(wanted)
    if site_id is None:
        raise NotFoundError("there is no such delivery")
    return site_id


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
) -> Confirmed:
    """Keep what the phone says of a delivery: received, shown or opened. The first time counts.

    It proves that the push went out, so one whose sending ended unknown is not sent again.
    """
    moment = told_at(at, delivery.created_at, now)
    # Whatever is shown or opened was received.
    news = [each for each in dict.fromkeys(("received", kind)) if _is_unknown(delivery, each)]
    for each in news:
        setattr(delivery, f"{each}_at", moment)
    proves_sending = delivery.state != DeliveryState.SENT
    if proves_sending:
        delivery.state = DeliveryState.SENT
        delivery.sent_at = delivery.sent_at or moment
    phone = await session.get_one(Phone, delivery.phone_id)
    phone.last_reached_at = max(phone.last_reached_at or moment, moment)
    await session.flush()
    return Confirmed(tuple(news), moment, proves_sending)


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
    people: Mapping[int, int],
    *,
    now: datetime,
    expires_at: datetime,
) -> list[Planned]:
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
        for phone_id in people
    ]
    if not rows:
        return []
    statement = (
        insert_into(session, Delivery)
        .on_conflict_do_nothing(
            index_elements=[Delivery.alert_id, Delivery.phone_id, Delivery.occasion]
        )
        .returning(Delivery.id, Delivery.phone_id)
    )
    kept = {phone: delivery for delivery, phone in await session.execute(statement, rows)}
    return [Planned(kept[phone], phone, people[phone]) for phone in sorted(kept)]


def _alarms(alert_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Delivery.alert_id == alert_id, Delivery.occasion.in_(ALARMS)


def _is_unknown(delivery: Delivery, kind: str) -> bool:
    return getattr(delivery, f"{kind}_at") is None
