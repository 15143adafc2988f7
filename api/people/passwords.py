"""Passwords: Argon2id, always in a thread of its own, never more than a few at once.

One takes about 0.2 s and 64 MB on purpose: the event loop must not stand still for it, and a crowd
at the door must not eat the machine.
"""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from api.errors import InvalidError

SHORTEST = 10
LONGEST = 200  # characters; hashing must not be a way to keep us busy
AT_ONCE = 2

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")


def check_password(password: str, username: str) -> None:
    """Accept a new password silently.

    Raises:
        InvalidError: too short, too long, or too easy; the text says which.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidError(
            f"a password has {SHORTEST} to {LONGEST} characters", code="weak_password"
        )
    plain = password.casefold()
    holds_name = len(username) >= 4 and username.casefold() in plain
    if holds_name or len(set(plain)) < 5:
        raise InvalidError(
            "this password is too easy to guess; a few unrelated words are good",
            code="weak_password",
        )


async def hash_of_password(password: str) -> str:
    """Return what is kept of a password."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hash, password)


async def is_password(password: str, kept: str | None) -> bool:
    """Whether this is the password; nothing kept takes as long and is always wrong.

    Otherwise the time of the answer would tell which names exist.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _verify, password, kept)


def _hash(password: str) -> str:
    return _hasher().hash(_normal(password))


def _verify(password: str, kept: str | None) -> bool:
    if len(password) > LONGEST:
        return False
    try:
        is_right = _hasher().verify(_normal(password), kept or _nobody())
    except UnknownHashError:
        return False
    return is_right and kept is not None


def _normal(password: str) -> str:
    # Two keyboards may spell the same letter with different code points.
    return unicodedata.normalize("NFKC", password)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")
