"""Message encryption for Web Push: RFC 8291, in the content coding `aes128gcm` of RFC 8188.

Only the phone can read what passes through the push service.
"""

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_push.phone_address import AUTH_BYTES, POINT_BYTES, PhoneAddress, public_key_of

SALT_BYTES = 16
RECORD_BYTES = 4096
MAX_PLAIN_BYTES = RECORD_BYTES - 16 - 1
"""One record, less the cipher's tag and the delimiter; RFC 8291 allows no second record."""

KEY_BYTES, NONCE_BYTES = 16, 12

_CURVE, _ECDH = ec.SECP256R1(), ec.ECDH()
_X962 = serialization.Encoding.X962
_UNCOMPRESSED = serialization.PublicFormat.UncompressedPoint
_SIZES = RECORD_BYTES.to_bytes(4, "big") + bytes([POINT_BYTES])
_LAST_RECORD = b"\x02"
_ONLY_BLOCK = b"\x01"  # of an expansion
_KEY_INFO = b"Content-Encoding: aes128gcm\x00" + _ONLY_BLOCK
_NONCE_INFO = b"Content-Encoding: nonce\x00" + _ONLY_BLOCK
_BLOCK_BYTES = 64  # of SHA-256
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_HEADER_BYTES = SALT_BYTES + 4 + 1 + POINT_BYTES


class UnreadablePushError(ValueError):
    """A body that was not encrypted for this phone, or was damaged on the way."""


@dataclass(frozen=True, slots=True)
class PhoneKeys:
    """The secret half of a phone's address: what a browser keeps to itself."""

    private_key: ec.EllipticCurvePrivateKey
    auth: bytes

    @classmethod
    def new(cls) -> Self:
        """Draw fresh keys."""
        return cls(ec.generate_private_key(_CURVE), os.urandom(AUTH_BYTES))

    def address(self, endpoint: str) -> PhoneAddress:
        """Return the public half, to be told to a server."""
        return PhoneAddress(endpoint, point_of(self.private_key), self.auth)


def encrypt(
    payload: bytes,
    address: PhoneAddress,
    *,
    salt: bytes | None = None,
    sender_key: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Return the body to post. Salt and key are drawn afresh unless a test vector gives them.

    Raises:
        ValueError: the payload is longer than `MAX_PLAIN_BYTES`.
    """
    if len(payload) > MAX_PLAIN_BYTES:
        raise ValueError(f"{len(payload)} bytes do not fit one record of {RECORD_BYTES}")
    salt = salt or os.urandom(SALT_BYTES)
    sender_key = sender_key or ec.generate_private_key(_CURVE)
    sender_point = point_of(sender_key)
    secret = sender_key.exchange(_ECDH, public_key_of(address.p256dh))
    key, nonce = _key_and_nonce(secret, address.auth, address.p256dh, sender_point, salt)
    sealed = AESGCM(key).encrypt(nonce, payload + _LAST_RECORD, None)
    return b"".join((salt, _SIZES, sender_point, sealed))


def decrypt(body: bytes, keys: PhoneKeys) -> bytes:
    """Read a body as the phone does.

    Raises:
        UnreadablePushError: not for these keys, or not in this coding.
    """
    if len(body) <= _HEADER_BYTES or body[SALT_BYTES + 4] != POINT_BYTES:
        raise UnreadablePushError("the body has no header of one record")
    salt, sealed = body[:SALT_BYTES], body[_HEADER_BYTES:]
    sender_point = body[_HEADER_BYTES - POINT_BYTES : _HEADER_BYTES]
    try:
        secret = keys.private_key.exchange(_ECDH, public_key_of(sender_point))
    except ValueError as error:
        raise UnreadablePushError("the sender's key is not on the curve") from error
    own_point = point_of(keys.private_key)
    key, nonce = _key_and_nonce(secret, keys.auth, own_point, sender_point, salt)
    try:
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
    except (InvalidTag, ValueError) as error:
        raise UnreadablePushError("the body was not encrypted for this phone") from error
    if not padded.endswith(_LAST_RECORD):
        raise UnreadablePushError("the body is only a part")
    return padded[:-1]


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key as an uncompressed point (65 bytes)."""
    return key.public_key().public_bytes(_X962, _UNCOMPRESSED)


def _key_and_nonce(
    secret: bytes, auth: bytes, phone_point: bytes, sender_point: bytes, salt: bytes
) -> tuple[bytes, bytes]:
    about = b"".join((b"WebPush: info\x00", phone_point, sender_point, _ONLY_BLOCK))
    # HKDF (RFC 5869) of 32 bytes or less: an HMAC to extract, and one to expand.
    material = _hmac(_pads(_hmac(_pads(auth), secret)), about)
    extract = _pads(_hmac(_pads(salt), material))
    return _hmac(extract, _KEY_INFO)[:KEY_BYTES], _hmac(extract, _NONCE_INFO)[:NONCE_BYTES]


def _pads(key: bytes) -> tuple[bytes, bytes]:
    """Return the two blocks that a key of at most 64 bytes is for an HMAC (RFC 2104)."""
    block = key.ljust(_BLOCK_BYTES, b"\x00")
    return block.translate(_INNER), block.translate(_OUTER)


def _hmac(pads: tuple[bytes, bytes], message: bytes) -> bytes:
    # Of SHA-256 as it is defined: what OpenSSL does around so short ones takes twice as long.
    inner, outer = pads
    return sha256(outer + sha256(inner + message).digest()).digest()
