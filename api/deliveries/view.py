"""Whom an alert was sent to and how far it came: for rangers and above."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.tables import Delivery, DeliveryState, Person, Phone


class DeliveryView(BaseModel):
    """One delivery. A time is the phone's own, or None if it has not come so far."""

    person: str
    channel: str
    occasion: str
    state: DeliveryState
    sent_at: datetime | None
    received_at: datetime | None
    shown_at: datetime | None
    opened_at: datetime | None
    acknowledged_at: datetime | None


async def deliveries_of(
    session: AsyncSession, alert_ids: Sequence[str]
) -> dict[str, list[DeliveryView]]:
    """Return each alert's deliveries in the order they were planned, by alert. One query."""
    wanted = (
        select(Delivery, Person.name)
        .join(Phone, Phone.id == Delivery.phone_id)
        .join(Person, Person.id == Phone.person_id)
        .where(Delivery.alert_id.in_(alert_ids))
        .order_by(Delivery.created_at, Delivery.phone_id)
        .execution_options(populate_existing=True)
    )
    found: dict[str, list[DeliveryView]] = {alert_id: [] for alert_id in alert_ids}
    for delivery, person in await session.execute(wanted):
        found[delivery.alert_id].append(_view(delivery, person))
    return found


def _view(delivery: Delivery, person: str) -> DeliveryView:
    return DeliveryView(
        person=person,
        channel=delivery.channel,
        occasion=delivery.occasion,
        state=DeliveryState(delivery.state),
        sent_at=delivery.sent_at,
        received_at=delivery.received_at,
        shown_at=delivery.shown_at,
        opened_at=delivery.opened_at,
        acknowledged_at=delivery.acknowledged_at,
    )
