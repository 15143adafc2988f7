"""Cameras' passwords: only their hashes are kept, and comparing takes the same time for all."""

import hashlib
import hmac
import re
import secrets

_COST, _BLOCK, _LANES = 2**14, 8, 1  # 16 MB and some 50 ms on a station
_SALT_BYTES, _HASH_BYTES = 16, 32
_LINE = re.compile(rf"scrypt\$([0-9a-f]{{{2 * _SALT_BYTES}}})\$([0-9a-f]{{{2 * _HASH_BYTES}}})")


def hash_password(password: str) -> str:
    """Return the line that a config holds in place of the password."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def is_password_hash(line: str) -> bool:
    """Whether `hash_password` can have made this line."""
    return _LINE.fullmatch(line) is not None


def matches(password: str, line: str | None) -> bool:
    """Whether a password is the hashed one; None, for an unknown name, takes as long to refuse."""
    found = _LINE.fullmatch(line or "")
    salt = bytes.fromhex(found[1]) if found else bytes(_SALT_BYTES)
    wanted = bytes.fromhex(found[2]) if found else bytes(_HASH_BYTES)
    return hmac.compare_digest(_scrypt(password, salt), wanted) and found is not None


def _scrypt(password: str, salt: bytes) -> bytes:
    # A client may send what is no UTF-8; it only has to be some bytes to compare.
    secret = password.encode("utf-8", "surrogateescape")
    return hashlib.scrypt(secret, salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=_HASH_BYTES)
