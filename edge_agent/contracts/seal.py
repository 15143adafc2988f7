"""A message is sealed with the station's key, so that no broker has to be trusted.

A sealed payload is the 64 hexadecimal digits of an HMAC-SHA256 over topic and body, a line feed,
and the body.
Both ways: a stolen broker password lets nobody speak for a station, nor tell a station that its
messages are stored.
"""

import hashlib
import hmac

from edge_agent.contracts.errors import ForgedMessageError, UnreadableMessageError

KEY_BYTES = 32
_MAC_DIGITS = 64


def seal(key: bytes, topic: str, body: bytes) -> bytes:
    """Return the payload to publish on `topic`."""
    return _mac(key, topic, body) + b"\n" + body


def open_sealed(key: bytes, topic: str, payload: bytes) -> bytes:
    """Return the body of a sealed payload.

    Raises:
        UnreadableMessageError: the payload has no seal at all.
        ForgedMessageError: the seal is of another key, another topic or other bytes.
    """
    if len(payload) <= _MAC_DIGITS or payload[_MAC_DIGITS : _MAC_DIGITS + 1] != b"\n":
        raise UnreadableMessageError("the message carries no seal")
    mac, body = payload[:_MAC_DIGITS], payload[_MAC_DIGITS + 1 :]
    if not hmac.compare_digest(mac, _mac(key, topic, body)):
        raise ForgedMessageError("the message's seal does not fit the station's key")
    return body


def broker_password(key: bytes) -> str:
    """Derive what the station shows to the broker; from it nobody can compute the key."""
    return hmac.new(key, b"trunkline broker password v1", hashlib.sha256).hexdigest()


def _mac(key: bytes, topic: str, body: bytes) -> bytes:
    # The topic's length comes first, so that no other split of the same bytes has the same code.
    name = topic.encode()
    sealed = len(name).to_bytes(4, "big") + name + body
    return hmac.digest(key, sealed, "sha256").hex().encode()
