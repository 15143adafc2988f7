"""What a role may do, and when an invitation or a sign-in is good."""

import hashlib
import secrets
from datetime import timedelta

from api.tables import Role

SIGN_IN_LASTS = timedelta(days=365)  # a villager's phone must not sign itself out in the wet season
STAFF_SIGN_IN_LASTS = timedelta(days=30)  # with a password: it can be typed again
INVITE_LASTS = timedelta(days=30)

TRIES_BEFORE_LOCK = 5
FIRST_LOCK = timedelta(seconds=30)  # then twice as long after each further wrong try
LONGEST_LOCK = timedelta(minutes=15)  # whoever tries our name in vain must not lock us out for good

# Each role may do what those before it may.
ORDER = (Role.VILLAGER, Role.RANGER, Role.RESEARCHER, Role.OPERATOR, Role.ADMINISTRATOR)

_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that look alike when read out or copied by hand
_GROUPS, _GROUP_LETTERS = 3, 4  # 30^12: 58 bits, and wrong guesses are slowed down


def at_least(role: Role, needed: Role) -> bool:
    """Whether somebody in `role` may do what is kept for `needed`."""
    return ORDER.index(role) >= ORDER.index(needed)


def lock_lasts(tries: int) -> timedelta:
    """Return how long a name stays closed after so many tries in a row."""
    beyond = tries - TRIES_BEFORE_LOCK
    if beyond < 0:
        return timedelta(0)
    return min(FIRST_LOCK * (1 << min(beyond, 16)), LONGEST_LOCK)


def new_invite_code() -> str:
    """Make a code that can be read out over a telephone."""
    groups = (
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LETTERS)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


def new_token() -> str:
    """Make what a signed-in browser shows: 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of_code(code: str) -> str:
    """Return what is kept of an invite code; spaces, dashes and case do not matter."""
    return hash_of_token("".join(letter for letter in code.upper() if letter.isalnum()))


def hash_of_token(token: str) -> str:
    """Return what is kept of a random secret.

    A plain hash is enough: there are too many possible tokens to try, unlike passwords.
    """
    return hashlib.sha256(token.encode()).hexdigest()
