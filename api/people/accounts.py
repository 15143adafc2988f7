"""Rows of accounts, and of how often a name was tried at the door."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.errors import AlreadyExistsError, InvalidError, NotFoundError
from api.people.rules import lock_lasts
from api.people.tables import Account, ApiToken, SignInTries
from api.tables import Person, SignIn

TRIES_KEPT = timedelta(days=1)

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,62}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody with an account, as an administrator sees them."""

    username: str
    person: Person


def username_of(text: str) -> str:
    """Return a name as it is kept: case and spaces around it do not matter."""
    return unicodedata.normalize("NFKC", text).strip().casefold()[:64]


def check_username(username: str) -> None:
    """Accept a new name silently.

    Raises:
        InvalidError: it could not be typed or told apart from others.
    """
    if _USERNAME.fullmatch(username) is None:
        raise InvalidError(
            "a user name has 2 to 64 characters: letters a to z, digits, and . _ @ + - between"
        )


async def account_named(session: AsyncSession, username: str) -> Account | None:
    """Return the account of that name, if there is one."""
    wanted = select(Account).where(Account.username == username_of(username))
    return (await session.scalars(wanted)).one_or_none()


async def account_of(session: AsyncSession, person_id: int) -> Account | None:
    """Return a person's account, if they have one."""
    return await session.get(Account, person_id)


async def known_account(session: AsyncSession, username: str) -> Account:
    """Return the account of that name.

    Raises:
        NotFoundError: none.
    """
    account = await account_named(session, username)
    if account is None:
        raise NotFoundError(f"there is no user {username!r}")
    return account


async def put_account(
    session: AsyncSession, person_id: int, username: str, password_hash: str, now: datetime
) -> None:
    """Give a person an account, or their account another name and password.

    Whoever was signed in as them before is not any more.

    Raises:
        AlreadyExistsError: somebody else has that name.
    """
    holder = await account_named(session, username)
    if holder is not None and holder.person_id != person_id:
        raise AlreadyExistsError("somebody else has this user name")
    values = {
        "username": username_of(username),
        "password_hash": password_hash,
        "changed_at": now,
    }
    statement = insert_into(session, Account).values(person_id=person_id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["person_id"], set_=values)
    )
    await forget_sign_ins(session, person_id)


async def all_accounts(session: AsyncSession, site_id: str | None) -> Sequence[Listed]:
    """Return the accounts of a site, or of all, by name."""
    wanted = select(Account.username, Person).join(Person, Person.id == Account.person_id)
    if site_id is not None:
        wanted = wanted.where(Person.site_id == site_id)
    rows = await session.execute(wanted.order_by(Account.username))
    return [Listed(username, person) for username, person in rows]


async def set_disabled(session: AsyncSession, person_id: int, at: datetime | None) -> None:
    """Let a person in no more, and ring them no more; None lets them in again."""
    await session.execute(update(Person).where(Person.id == person_id).values(disabled_at=at))
    if at is not None:
        await forget_sign_ins(session, person_id)
        await session.execute(
            update(ApiToken)
            .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
            .values(revoked_at=at)
        )


async def forget_sign_ins(session: AsyncSession, person_id: int) -> None:
    """Sign a person out everywhere."""
    await session.execute(delete(SignIn).where(SignIn.person_id == person_id))


async def count_try(session: AsyncSession, username: str, now: datetime) -> int:
    """Count one more try of a name; return for how many seconds it is locked, 0 if it may be tried.

    Counted before the password is looked at: a thousand guesses at once get no more tries than a
    thousand in a row. Names that do not exist are counted alike, so that nobody learns which do.
    """
    name = username_of(username)
    await session.execute(delete(SignInTries).where(SignInTries.last_at < now - TRIES_KEPT))
    await session.execute(
        insert_into(session, SignInTries)
        .values(username=name, tries=0, last_at=now)
        .on_conflict_do_nothing(index_elements=["username"])
    )
    wanted = select(SignInTries).where(SignInTries.username == name).with_for_update()
    row = (await session.scalars(wanted)).one()
    opens_at = row.last_at + lock_lasts(row.tries)
    if opens_at > now:
        return max(1, int((opens_at - now).total_seconds()))
    row.tries += 1
    row.last_at = now
    await session.flush()
    return 0


async def forget_tries(session: AsyncSession, username: str) -> None:
    """Open the lock: the right password was given."""
    await session.execute(delete(SignInTries).where(SignInTries.username == username_of(username)))
