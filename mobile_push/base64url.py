"""Base64 for URLs, the spelling of Web Push: no padding when written, either way when read."""

import base64
import binascii

# To the plain alphabet, in which + and / are no letters of ours.
_TO_PLAIN = bytes.maketrans(b"-_+/=", b"+/!!!")


def to_base64url(data: bytes) -> str:
    """Spell bytes without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Read bytes back.

    Raises:
        ValueError: a character outside the alphabet, or an impossible length.
    """
    try:
        bare = text.removesuffix("=").removesuffix("=").encode("ascii")
        padded = bare.translate(_TO_PLAIN) + b"=" * (-len(bare) % 4)
        return binascii.a2b_base64(padded, strict_mode=True)
    except ValueError as error:
        raise ValueError("not base64url") from error
