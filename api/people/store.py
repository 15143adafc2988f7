"""Rows of people, their invitations and their sign-ins."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.people.rules import SIGN_IN_LASTS, hash_of_code, hash_of_token, new_token
from api.tables import Follow, Geofence, Invite, Person, SignIn


async def add_invite(session: AsyncSession, code: str, invite: Invite) -> None:
    """Keep an invitation; of its code only the hash."""
    invite.code_hash = hash_of_code(code)
    session.add(invite)
    await session.flush()


async def use_invite(session: AsyncSession, code: str, now: datetime) -> Invite | None:
    """Take one use of an invitation; None if it is unknown, used up or too old.

    One UPDATE decides, so that two people cannot share the last use.
    """
    statement = (
        update(Invite)
        .where(
            Invite.code_hash == hash_of_code(code), Invite.uses_left > 0, Invite.expires_at > now
        )
        .values(uses_left=Invite.uses_left - 1)
        .returning(Invite)
    )
    return (await session.scalars(statement)).one_or_none()


async def add_person(session: AsyncSession, person: Person, geofence_ids: Sequence[int]) -> None:
    """Keep a new person, who follows these geofences from the start."""
    session.add(person)
    await session.flush()
    if geofence_ids:
        rows = [{"person_id": person.id, "geofence_id": each} for each in geofence_ids]
        await session.execute(insert_into(session, Follow).values(rows).on_conflict_do_nothing())


async def set_language(session: AsyncSession, person_id: int, language: str) -> None:
    """Change the language in which a person is spoken to."""
    await session.execute(update(Person).where(Person.id == person_id).values(language=language))


async def sign_in(
    session: AsyncSession, person: Person, now: datetime, *, lasts: timedelta = SIGN_IN_LASTS
) -> str:
    """Return the token that a browser of this person shows from now on."""
    token = new_token()
    row = SignIn(
        token_hash=hash_of_token(token),
        person_id=person.id,
        created_at=now,
        expires_at=now + lasts,
    )
    session.add(row)
    await session.flush()
    return token


async def signed_in_person(session: AsyncSession, token: str, now: datetime) -> Person | None:
    """Return whose token this is, if it is still good."""
    wanted = (
        select(Person)
        .join(SignIn, SignIn.person_id == Person.id)
        .where(
            SignIn.token_hash == hash_of_token(token),
            SignIn.expires_at > now,
            Person.disabled_at.is_(None),
        )
    )
    return (await session.scalars(wanted)).one_or_none()


async def sign_out(session: AsyncSession, token: str) -> None:
    """Forget a token."""
    await session.execute(delete(SignIn).where(SignIn.token_hash == hash_of_token(token)))


async def followed_geofences(session: AsyncSession, person: Person) -> Sequence[Geofence]:
    """Return what a person follows, by name."""
    wanted = (
        select(Geofence)
        .join(Follow, Follow.geofence_id == Geofence.id)
        .where(Follow.person_id == person.id)
        .order_by(Geofence.name)
    )
    return (await session.scalars(wanted)).all()


async def geofences_among(
    session: AsyncSession, site_id: str, geofence_ids: Sequence[int]
) -> set[int]:
    """Return those of the ids that are geofences of the site; all of its ids if none were named."""
    wanted = select(Geofence.id).where(Geofence.site_id == site_id, Geofence.removed_at.is_(None))
    if geofence_ids:
        wanted = wanted.where(Geofence.id.in_(geofence_ids))
    return set(await session.scalars(wanted))
