"""Rows of a site's people, as an administrator looks after them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import IllegalMoveError, NotFoundError
from api.people.forgetting import FORGOTTEN
from api.people.tables import Account, ApiToken
from api.tables import Invite, Person, Phone, SignIn

INVITE_ID_LETTERS = 16  # of the code's hash: enough to name it, of no use to whoever reads it


@dataclass(frozen=True, slots=True)
class SitePerson:
    """Somebody of the site, how they sign in, and what speaks for them."""

    person: Person
    username: str | None
    browsers: int
    phones: int
    tokens: list[ApiToken] = field(default_factory=list)


def by_name(site_id: str) -> Select[int]:
    """Select the site's people by name; those whom it forgot are not among them."""
    return (
        select(Person.id)
        .where(Person.site_id == site_id, ~_is_forgotten())
        .order_by(func.lower(Person.name), Person.id)
    )


async def people_among(
    session: AsyncSession, people: Sequence[int], now: datetime
) -> list[SitePerson]:
    """Return these people, by name."""
    wanted = (
        select(Person, Account.username)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.id.in_(people))
        .order_by(func.lower(Person.name), Person.id)
    )
    rows = (await session.execute(wanted)).all()
    browsers = await _counts(session, SignIn, people, SignIn.expires_at > now)
    phones = await _counts(session, Phone, people, Phone.gone_at.is_(None))
    tokens = await _tokens(session, people, now)
    return [
        SitePerson(
            person,
            username,
            browsers.get(person.id, 0),
            phones.get(person.id, 0),
            tokens.get(person.id, []),
        )
        for person, username in rows
    ]


async def person_of(session: AsyncSession, site_id: str, person_id: int) -> Person:
    """Return a person of the site.

    Raises:
        NotFoundError: the site has nobody of that number, or has forgotten them.
    """
    wanted = select(Person).where(
        Person.id == person_id, Person.site_id == site_id, ~_is_forgotten()
    )
    person = (await session.scalars(wanted)).one_or_none()
    if person is None:
        raise NotFoundError("there is no such person here")
    return person


def check_is_other(asker: Person, person: Person) -> None:
    """Accept silently what is done to others: so a site never loses its last administrator.

    Raises:
        IllegalMoveError: it is the asker.
    """
    if asker.id == person.id:
        raise IllegalMoveError("ask another administrator: nobody does this to themselves")


async def invites_of(session: AsyncSession, site_id: str, now: datetime) -> Sequence[Invite]:
    """Return the invitations that still let somebody in, the next to end first."""
    wanted = (
        select(Invite)
        .where(Invite.site_id == site_id, Invite.uses_left > 0, Invite.expires_at > now)
        .order_by(Invite.expires_at)
    )
    return (await session.scalars(wanted)).all()


async def withdraw_invite(session: AsyncSession, site_id: str, invite_id: str) -> Invite:
    """Let nobody in by an invitation any more; return what it was.

    Raises:
        NotFoundError: the site has none of that name.
    """
    statement = (
        delete(Invite)
        .where(
            Invite.site_id == site_id,
            func.substr(Invite.code_hash, 1, INVITE_ID_LETTERS) == invite_id,
        )
        .returning(Invite)
    )
    invite = (await session.scalars(statement)).one_or_none()
    if invite is None:
        raise NotFoundError("there is no such invitation here")
    return invite


def _is_forgotten() -> Any:
    """Whoever is forgotten has no way in and no phone left, and is shut out under no name."""
    return (Person.name == FORGOTTEN) & Person.disabled_at.is_not(None)


async def _counts(
    session: AsyncSession, table: Any, people: Sequence[int], is_alive: Any
) -> dict[int, int]:
    wanted = (
        select(table.person_id, func.count())
        .where(table.person_id.in_(people), is_alive)
        .group_by(table.person_id)
    )
    return {row[0]: row[1] for row in await session.execute(wanted)}


async def _tokens(
    session: AsyncSession, people: Sequence[int], now: datetime
) -> dict[int, list[ApiToken]]:
    wanted = (
        select(ApiToken)
        .where(
            ApiToken.person_id.in_(people), ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
        .order_by(ApiToken.id.desc())
    )
    found: dict[int, list[ApiToken]] = {}
    for token in await session.scalars(wanted):
        found.setdefault(token.person_id, []).append(token)
    return found
