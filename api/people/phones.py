"""Rows of phones: where a person's browsers are reached."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.tables import Delivery, Person, Phone
from mobile_push.phone_address import PhoneAddress


async def subscribe(
    session: AsyncSession, person: Person, address: PhoneAddress, now: datetime
) -> bool:
    """Remember where a browser is reached; one that was somebody else's now is this person's.

    Returns whether it had been gone: its push service may know it no longer.
    """
    known = select(Phone.gone_at).where(Phone.endpoint == address.endpoint)
    was_gone = await session.scalar(known) is not None
    keys = address.keys
    values = {
        "person_id": person.id,
        "p256dh": keys["p256dh"],
        "auth": keys["auth"],
        "subscribed_at": now,
        "gone_at": None,
    }
    statement = insert_into(session, Phone).values(endpoint=address.endpoint, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["endpoint"], set_=values))
    return was_gone


async def unsubscribe(session: AsyncSession, person: Person, endpoint: str, now: datetime) -> None:
    """Forget a browser of this person; its row stays if deliveries refer to it: they are proof."""
    wanted = select(Phone).where(Phone.endpoint == endpoint, Phone.person_id == person.id)
    phone = (await session.scalars(wanted)).one_or_none()
    if phone is None:
        return
    referred = await session.scalar(
        select(func.count()).select_from(Delivery).where(Delivery.phone_id == phone.id)
    )
    if referred:
        phone.gone_at = now
    else:
        await session.execute(delete(Phone).where(Phone.id == phone.id))


async def reach_of(session: AsyncSession, person: Person) -> tuple[bool, datetime | None]:
    """Return whether any browser of the person can be reached, and when one last was."""
    wanted = select(Phone).where(Phone.person_id == person.id)
    phones = (await session.scalars(wanted)).all()
    reached = [phone.last_reached_at for phone in phones if phone.last_reached_at is not None]
    return any(phone.gone_at is None for phone in phones), max(reached, default=None)
