"""Rows of glances, and of how people can be reached."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.store import alert_of
from api.database import insert_into
from api.deliveries.rules import told_at
from api.reach.rules import PROOF_LASTS, Bell
from api.reach.tables import Glance
from api.tables import Delivery, DeliveryState, Person, Phone


async def glance(
    session: AsyncSession, person: Person, alert_id: str, kind: str, at: datetime, now: datetime
) -> None:
    """Keep that an open app showed an alert, or that its person opened it. The first time counts.

    Raises:
        NotFoundError: no such alert at the person's site.
    """
    alert = await alert_of(session, person.site_id, alert_id)
    moment = told_at(at, alert.raised_at, now)
    opened = {"opened_at": moment} if kind == "opened" else {}
    row = insert_into(session, Glance).values(
        alert_id=alert.id, person_id=person.id, shown_at=moment, **opened
    )
    kept = func.coalesce(Glance.opened_at, row.excluded.opened_at)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["alert_id", "person_id"], set_={"opened_at": kept}
        )
    )


def let_in(site_id: str) -> Select[int]:
    """Select everybody at the site who is let in, by name."""
    return (
        select(Person.id)
        .where(Person.site_id == site_id, Person.disabled_at.is_(None))
        .order_by(Person.name, Person.id)
    )


async def bells_of(
    session: AsyncSession, people: Sequence[int], now: datetime
) -> Sequence[tuple[Person, list[Bell]]]:
    """Return these people, by name, with every way of reaching them."""
    missed = _missed(people, now).subquery()
    wanted = (
        select(Person, Phone, missed.c.at)
        .outerjoin(Phone, Phone.person_id == Person.id)
        .outerjoin(missed, missed.c.phone_id == Phone.id)
        .where(Person.id.in_(people))
        .order_by(Person.name, Person.id, Phone.id)
    )
    found: dict[int, tuple[Person, list[Bell]]] = {}
    for person, phone, missed_at in await session.execute(wanted):
        _, bells = found.setdefault(person.id, (person, []))
        if phone is not None:
            bells.append(
                Bell(
                    channel=phone.channel,
                    subscribed_at=phone.subscribed_at,
                    last_reached_at=phone.last_reached_at,
                    gone_at=phone.gone_at,
                    missed_at=missed_at,
                )
            )
    return list(found.values())


def _missed(people: Sequence[int], now: datetime) -> Select[int, datetime | None]:
    """Select the newest push of each of their phones that ran out without a word of the phone.

    Other channels give no receipts. Older ones than a proof lasts say nothing new.
    """
    return (
        select(Delivery.phone_id, func.max(Delivery.sent_at).label("at"))
        .where(
            Delivery.phone_id.in_(select(Phone.id).where(Phone.person_id.in_(people))),
            Delivery.state == DeliveryState.SENT,
            Delivery.due_at > now - PROOF_LASTS,
            Delivery.expires_at <= now,
            Delivery.received_at.is_(None),
            Delivery.channel == "web_push",
        )
        .group_by(Delivery.phone_id)
    )
