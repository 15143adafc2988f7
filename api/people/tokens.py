"""Rows of API tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import NotAllowedError, NotFoundError
from api.people.rules import hash_of_token, new_token
from api.people.scopes import Scope, beyond
from api.people.tables import ApiToken
from api.tables import Person, Role

PREFIX = "trk_"  # so that a token that leaked into a repository is recognised


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who made a token, and what it may do."""

    person: Person
    scopes: frozenset[str]


async def add_token(
    session: AsyncSession,
    person: Person,
    name: str,
    scopes: frozenset[Scope],
    *,
    now: datetime,
    lasts: timedelta,
) -> tuple[ApiToken, str]:
    """Keep a new token of a person; return its row and, this once, the token.

    Raises:
        NotAllowedError: a scope is beyond the person's role.
    """
    if too_much := beyond(Role(person.role), scopes):
        raise NotAllowedError(f"the scope {too_much[0]} is not for a {person.role}")
    token = PREFIX + new_token()
    row = ApiToken(
        person_id=person.id,
        name=name,
        token_hash=hash_of_token(token),
        scopes=sorted(scopes),
        created_at=now,
        expires_at=now + lasts,
    )
    session.add(row)
    await session.flush()
    return row, token


async def bearer_of(session: AsyncSession, token: str, now: datetime) -> Bearer | None:
    """Return whose token this is, if it is still good."""
    wanted = (
        select(Person, ApiToken.scopes)
        .join(ApiToken, ApiToken.person_id == Person.id)
        .where(
            ApiToken.token_hash == hash_of_token(token),
            ApiToken.expires_at > now,
            ApiToken.revoked_at.is_(None),
            Person.disabled_at.is_(None),
        )
    )
    found = (await session.execute(wanted)).one_or_none()
    return Bearer(found[0], frozenset(found[1])) if found is not None else None


async def tokens_of(session: AsyncSession, person_id: int) -> Sequence[ApiToken]:
    """Return a person's tokens that were not revoked, the newest first."""
    wanted = (
        select(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    )
    return (await session.scalars(wanted)).all()


async def revoke(session: AsyncSession, person_id: int, token_id: int, now: datetime) -> None:
    """Make a person's token worthless.

    Raises:
        NotFoundError: they have none of that number.
    """
    statement = (
        update(ApiToken)
        .where(
            ApiToken.id == token_id, ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None)
        )
        .values(revoked_at=now)
        .returning(ApiToken.id)
    )
    if await session.scalar(statement) is None:
        raise NotFoundError("you have no such token")
