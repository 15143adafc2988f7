"""Further ways in which a person asks to be reached: rows of phones with a sealed address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.channels.settings import ChannelSettings
from api.database import insert_into
from api.deliveries.rules import RingsFrom
from api.errors import IllegalMoveError, InvalidError, NotFoundError
from api.people.sealing import name_of, sealed, unsealed
from api.tables import Delivery, Phone
from mobile_push.phone_address import BadAddressError

MOST = 5  # per person
WEB_PUSH = "web_push"

# From when on a way is used if its owner does not say: what wakes a house waits for more.
RINGS_FROM: dict[str, RingsFrom] = {
    "apprise": RingsFrom.WATCH,
    "sms": RingsFrom.WARNING,
    "voice": RingsFrom.ESCALATION,
    "siren": RingsFrom.DANGER,
}

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a person, for that person's eyes. `shown` is the end of the address."""

    id: int
    channel: str
    rings_from: RingsFrom
    shown: str
    is_gone: bool


def checked_address(settings: ChannelSettings, channel: str, address: str) -> str:
    """Return an address as it is kept.

    Raises:
        InvalidError: this server has no such channel, or it cannot reach there.
    """
    if channel not in settings.for_people:
        known = ", ".join(sorted(settings.for_people)) or "none"
        raise InvalidError(f"this server has no channel {channel!r}; there are: {known}")
    if channel == "apprise":
        return _checked_service(settings, address.strip())
    number = re.sub(r"[\s().-]", "", address)
    if _NUMBER.fullmatch(number) is None:
        raise InvalidError("write the number with its country, as in +86 138 0000 0000")
    return number


async def add_contact(
    session: AsyncSession,
    secret: bytes,
    person_id: int,
    channel: str,
    address: str,
    rings_from: RingsFrom | None,
    now: datetime,
) -> int:
    """Keep a way to reach a person; the same one again only changes from when on it rings.

    Raises:
        IllegalMoveError: they have as many as one may have.
    """
    endpoint = name_of(secret, channel, person_id, address)
    values = {
        "channel": channel,
        "rings_from": rings_from or RINGS_FROM[channel],
        "sealed": sealed(secret, channel, address),
        "subscribed_at": now,
        "gone_at": None,
    }
    statement = (
        insert_into(session, Phone)
        .values(endpoint=endpoint, person_id=person_id, p256dh="", auth="", **values)
        .on_conflict_do_update(index_elements=["endpoint"], set_=values)
        .returning(Phone.id)
    )
    phone_id = (await session.execute(statement)).scalar_one()
    if len(await _rows(session, person_id)) > MOST:
        raise IllegalMoveError(f"nobody needs more than {MOST} ways to be reached")
    return phone_id


async def contacts_of(session: AsyncSession, secret: bytes, person_id: int) -> list[Contact]:
    """Return a person's further ways, the oldest first."""
    return [
        Contact(
            row.id,
            row.channel,
            RingsFrom(row.rings_from),
            _end_of(unsealed(secret, row.channel, row.sealed or b"")),
            row.gone_at is not None,
        )
        for row in await _rows(session, person_id)
    ]


async def remove_contact(
    session: AsyncSession, person_id: int, contact_id: int, now: datetime
) -> None:
    """Forget an address; the row stays, empty, if deliveries refer to it: they are proof.

    Raises:
        NotFoundError: the person has none of that number.
    """
    wanted = select(Phone).where(Phone.id == contact_id, Phone.person_id == person_id)
    phone = (await session.scalars(wanted)).one_or_none()
    if phone is None or phone.channel == WEB_PUSH:
        raise NotFoundError("you have no such contact")
    await forget_phone(session, phone, now)


async def forget_phone(session: AsyncSession, phone: Phone, now: datetime) -> None:
    """Forget where a phone is reached."""
    referred = await session.scalar(
        select(func.count()).select_from(Delivery).where(Delivery.phone_id == phone.id)
    )
    if not referred:
        await session.execute(delete(Phone).where(Phone.id == phone.id))
        return
    phone.endpoint = f"forgotten:{phone.id}"
    phone.p256dh = phone.auth = ""
    phone.sealed = None
    phone.gone_at = phone.gone_at or now
    await session.flush()


async def _rows(session: AsyncSession, person_id: int) -> Sequence[Phone]:
    wanted = (
        select(Phone)
        .where(Phone.person_id == person_id, Phone.sealed.is_not(None))
        .order_by(Phone.id)
    )
    return (await session.scalars(wanted)).all()


def _checked_service(settings: ChannelSettings, url: str) -> str:
    from mobile_push.apprise_channel import HOSTED, ServicePolicy

    wanted = settings.apprise
    if wanted is None:
        raise InvalidError("this server uses no chat services")
    try:
        ServicePolicy(wanted.services or HOSTED, wanted.hosts).read(url)
    except BadAddressError as error:
        raise InvalidError(str(error), code="bad_address") from error
    return url


def _end_of(address: str) -> str:
    return f"…{address[-3:]}"
