"""Rows of deliveries: planned with the alert (`planning.py`), sent, confirmed by the phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.deliveries.bells import Alarm
from api.deliveries.planning import Planned, plan_alarms, plan_closing
from api.deliveries.rules import ALARMS, Occasion, repeat_at, told_at
from api.errors import NotFoundError
from api.tables import Alert, Delivery, DeliveryState, Person, Phone

__all__ = ["Alarm", "Planned", "plan_alarms", "plan_closing"]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What is new in a phone's word: kinds of receipt, and that the push went out at all."""

    kinds: tuple[str, ...]
    told_at: datetime
    proves_sending: bool


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


async def delivery_of(
    session: AsyncSession, delivery_id: str, *, to_change: bool = False
) -> Delivery:
    """Return the delivery; one that is to be changed is ours alone until the transaction ends.

    Raises:
        NotFoundError: none of that id.
    """
    delivery = await session.get(
        Delivery, delivery_id, with_for_update=to_change or None, populate_existing=to_change
    )
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
        delivery.rings += 1
        delivery.repeat_at = repeat_at(Occasion(delivery.occasion), delivery.rings, now)
    # Whoever holds the phone's row may be waiting for this delivery's: never wait for it here.
    theirs = select(Phone).where(Phone.id == delivery.phone_id).with_for_update(skip_locked=True)
    phone = await session.scalar(theirs)
    if phone is not None:
        phone.last_reached_at = max(phone.last_reached_at or moment, moment)
    await session.flush()
    return Confirmed(tuple(news), moment, proves_sending)


def is_free(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether no dispatcher is at work on a delivery."""
    return or_(Delivery.claimed_until.is_(None), Delivery.claimed_until <= now)


async def states(session: AsyncSession) -> dict[str, int]:
    """Count deliveries by state."""
    wanted = select(Delivery.state, func.count()).group_by(Delivery.state)
    return {str(state): count for state, count in await session.execute(wanted)}


def _alarms(alert_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Delivery.alert_id == alert_id, Delivery.occasion.in_(ALARMS)


def _is_unknown(delivery: Delivery, kind: str) -> bool:
    return getattr(delivery, f"{kind}_at") is None
