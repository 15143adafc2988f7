"""The door for those with a password. No transaction is open while a password is looked at."""

from datetime import datetime

from api.database import Database
from api.errors import NotSignedInError, TooManyRequestsError
from api.people import accounts, store
from api.people.passwords import is_password
from api.people.rules import STAFF_SIGN_IN_LASTS
from api.tables import Person


async def sign_in_with_password(
    database: Database, username: str, password: str, now: datetime
) -> tuple[Person, str]:
    """Return who this is, and the token their browser shows from now on.

    Raises:
        TooManyRequestsError: the name was tried too often.
        NotSignedInError: name or password are wrong; it does not say which.
    """
    async with database.transaction() as session:
        wait_s = await accounts.count_try(session, username, now)
        account = await accounts.account_named(session, username)
    if wait_s:
        raise TooManyRequestsError(
            "this name was tried too often; wait a little", retry_after_s=wait_s
        )
    if not await is_password(password, account.password_hash if account else None):
        raise _refused()
    async with database.transaction() as session:
        # Again: while the password was looked at, it may have been changed, or its owner removed.
        known = await accounts.account_named(session, username)
        if account is None or known is None or known.password_hash != account.password_hash:
            raise _refused()
        person = await session.get_one(Person, known.person_id)
        if person.disabled_at is not None:
            raise _refused()
        await accounts.forget_tries(session, username)
        return person, await store.sign_in(session, person, now, lasts=STAFF_SIGN_IN_LASTS)


def _refused() -> NotSignedInError:
    return NotSignedInError("this name and password do not belong together", code="wrong_password")
