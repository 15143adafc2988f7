"""Addresses of people, kept so that neither a copied database nor a colleague can read them."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class UnreadableAddressError(ValueError):
    """Sealed with another server's secret, or damaged."""


def sealed(secret: bytes, channel: str, address: str) -> bytes:
    """Return an address as it is kept."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_key(secret)).encrypt(nonce, address.encode(), channel.encode())


def unsealed(secret: bytes, channel: str, kept: bytes) -> str:
    """Return the address.

    Raises:
        UnreadableAddressError: not sealed with this secret for this channel.
    """
    try:
        opened = AESGCM(_key(secret)).decrypt(
            kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], channel.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise UnreadableAddressError("this address was sealed with another secret") from error
    return opened.decode()


def name_of(secret: bytes, channel: str, person_id: int, address: str) -> str:
    """Return what tells one address of a person from another without saying which it is."""
    text = f"{channel}\n{person_id}\n{address}".encode()
    return f"{channel}:{hmac.new(_key(secret), text, hashlib.sha256).hexdigest()[:40]}"


def _key(secret: bytes) -> bytes:
    derived = HKDF(hashes.SHA256(), 32, None, b"trunkline addresses v1")
    return derived.derive(secret)
