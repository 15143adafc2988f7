"""Base64 for URLs, the spelling of Web Push: no padding when written, either way when read."""

import base64
import binascii
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*={0,2}\Z")


def to_base64url(data: bytes) -> str:
    """Spell bytes without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Read bytes back.

    Raises:
        ValueError: a character outside the alphabet, or an impossible length.
    """
    if not _ALPHABET.match(text):
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
