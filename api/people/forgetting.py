"""All that the server knows of a person, and forgetting it."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Base
from api.people import accounts, contacts, following
from api.people.tables import Account, ApiToken, SharedCell, Wishes
from api.reach.tables import Glance
from api.reports.tables import Report
from api.review.tables import Label
from api.tables import Answer, Delivery, Follow, Person, Phone, SignIn

FORGOTTEN = "somebody"


async def known_of(
    session: AsyncSession, secret: bytes, person: Person, now: datetime
) -> dict[str, Any]:
    """Return everything about a person, as JSON values. Of secrets only that they exist."""
    account = await accounts.account_of(session, person.id)
    wishes = await following.wishes_of(session, person.id)
    cell = await following.cell_of(session, person.id, now)
    addresses = await contacts.contacts_of(session, secret, person.id)
    return {
        "number": person.id,
        "name": person.name,
        "role": person.role,
        "site": person.site_id,
        "language": person.language,
        "joined_at": person.joined_at,
        "username": account.username if account is not None else None,
        "follows": sorted(await _column(session, Follow.geofence_id, Follow, person.id)),
        "quiet_minutes": [wishes.quiet_from_min, wishes.quiet_until_min] if wishes else None,
        "cooldown_s": wishes.cooldown_s if wishes else 0,
        "cell": cell.cell if cell is not None else None,
        "browsers": await _count(session, SignIn, person.id),
        "tokens": await _count(session, ApiToken, person.id),
        "phones": await _count(session, Phone, person.id),
        "contacts": [{"channel": one.channel, "ends_in": one.shown} for one in addresses],
        "answers": await _count(session, Answer, person.id),
        "reports": await _count(session, Report, person.id),
        "alerts_shown": await _count(session, Glance, person.id),
        "deliveries": await _deliveries(session, person.id),
        "labels": await _count(session, Label, person.id),
    }


async def forget(session: AsyncSession, person: Person, now: datetime) -> None:
    """Forget a person: name, ways to reach them, wishes, where they are, how they sign in.

    Their number stays where deliveries and answers are proof of a warning, and where a label needs
    to be told from another reader's; nothing leads from it to them.
    """
    phones = await session.scalars(select(Phone).where(Phone.person_id == person.id))
    for phone in phones.all():
        await contacts.forget_phone(session, phone, now)
    for table in (Account, ApiToken, SharedCell, Wishes, Follow, SignIn):
        await session.execute(delete(table).where(table.person_id == person.id))
    await session.execute(
        update(Person)
        .where(Person.id == person.id)
        .values(name=FORGOTTEN, language="en", disabled_at=now)
    )


async def _column(session: AsyncSession, column: Any, table: Any, person_id: int) -> list[Any]:
    return list(await session.scalars(select(column).where(table.person_id == person_id)))


async def _count(session: AsyncSession, table: type[Base], person_id: int) -> int:
    kind: Any = table
    wanted = select(func.count()).select_from(kind).where(kind.person_id == person_id)
    return await session.scalar(wanted) or 0


async def _deliveries(session: AsyncSession, person_id: int) -> int:
    theirs = select(Phone.id).where(Phone.person_id == person_id)
    wanted = select(func.count()).select_from(Delivery).where(Delivery.phone_id.in_(theirs))
    return await session.scalar(wanted) or 0
