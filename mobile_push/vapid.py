"""Who sends: every push is signed with the server's own key (VAPID, RFC 8292)."""

import contextlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from mobile_push.base64url import from_base64url, to_base64url
from mobile_push.encryption import point_of
from mobile_push.phone_address import origin_of

TOKEN_LIFETIME = timedelta(hours=12)
MAX_TOKEN_LIFETIME = timedelta(hours=24)
_RENEW_BEFORE = timedelta(hours=1)
_SIGN = ec.ECDSA(hashes.SHA256())
_HEADER = re.compile(r"vapid\s+t=(?P<token>[\w.-]+),\s*k=(?P<key>[\w=-]+)\s*\Z", re.ASCII)
_JOSE_HEADER = to_base64url(b'{"typ":"JWT","alg":"ES256"}')


class VapidKeyError(RuntimeError):
    """The file of the server's push key can't be read; the text names it and says what to do."""


class VapidRefusedError(ValueError):
    """A push whose sender is not who the phone subscribed to; the text says why."""


@dataclass(frozen=True, slots=True)
class _Token:
    header: str
    signed_at: datetime
    renew_at: datetime


class VapidKeys:
    """The server's push key. Phones subscribe to its public half, so losing it loses every phone.

    `contact` is a `mailto:` or `https:` address that push services may write to; Apple's refuses
    messages without one.
    """

    def __init__(
        self, private_key: ec.EllipticCurvePrivateKey, *, contact: str | None = None
    ) -> None:
        self._private_key = private_key
        self._contact = contact
        self._tokens: dict[str, _Token] = {}
        self.public_key = to_base64url(point_of(private_key))

    @classmethod
    def new(cls, *, contact: str | None = None) -> Self:
        """Draw a fresh key that lives in memory alone."""
        return cls(ec.generate_private_key(ec.SECP256R1()), contact=contact)

    @classmethod
    def load_or_create(cls, path: Path, *, contact: str | None = None) -> Self:
        """Read the key file, made on first use; two processes that start at once agree on one.

        Raises:
            VapidKeyError: the file is there, but is not a P-256 key in PEM.
        """
        if not path.exists():
            _create(path)
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise VapidKeyError(
                f"{path} is not a push key: bring back its copy from your backup, or remove it and "
                "let every phone subscribe again"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise VapidKeyError(f"{path} holds a key of another kind than P-256")
        return cls(key, contact=contact)

    def header_for(self, endpoint: str, now: datetime) -> str:
        """Return the Authorization header for an endpoint.

        One signature serves an origin for hours: signing each message would double its cost.
        """
        service = "/".join(endpoint.split("/", 3)[:3])  # to read each URL would cost as much again
        token = self._tokens.get(service)
        # Signed later than now, if the clock was set back: push services refuse more than a day.
        if token is None or not token.signed_at <= now <= token.renew_at:
            token = self._sign(origin_of(service), now)
            self._tokens[service] = token
        return token.header

    def _sign(self, origin: str, now: datetime) -> _Token:
        expires_at = now + TOKEN_LIFETIME
        claims: dict[str, str | int] = {"aud": origin, "exp": int(expires_at.timestamp())}
        if self._contact is not None:
            claims["sub"] = self._contact
        body = to_base64url(json.dumps(claims, separators=(",", ":")).encode())
        signed = f"{_JOSE_HEADER}.{body}"
        r, s = decode_dss_signature(self._private_key.sign(signed.encode(), _SIGN))
        signature = to_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        header = f"vapid t={signed}.{signature}, k={self.public_key}"
        return _Token(header, now, expires_at - _RENEW_BEFORE)


def verify_header(header: str, *, endpoint: str, public_key: str, now: datetime) -> None:
    """Check an Authorization header as a push service does.

    Raises:
        VapidRefusedError: another sender's key, a bad signature, another origin, or expired.
    """
    match = _HEADER.match(header)
    if match is None:
        raise VapidRefusedError("the push carries no VAPID token")
    if match["key"] != public_key:
        raise VapidRefusedError("the phone subscribed to another sender's key")
    claims = _read_claims(match["token"], from_base64url(public_key))
    if claims.get("aud") != origin_of(endpoint):
        raise VapidRefusedError(f"the token is for {claims.get('aud')}")
    expires = claims.get("exp")
    if not isinstance(expires, int):
        raise VapidRefusedError("the token does not say when it expires")
    remaining = expires - now.timestamp()
    if remaining <= 0:
        raise VapidRefusedError("the token has expired")
    if remaining > MAX_TOKEN_LIFETIME.total_seconds():
        raise VapidRefusedError("the token lives longer than a day")


def _read_claims(token: str, public_key: bytes) -> dict[str, object]:
    signed, _, signature = token.rpartition(".")
    try:
        raw = from_base64url(signature)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        pair = encode_dss_signature(r, s)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
        key.verify(pair, signed.encode(), _SIGN)
        claims = json.loads(from_base64url(signed.partition(".")[2]))
    except (ValueError, InvalidSignature) as error:
        raise VapidRefusedError("the token's signature is not the sender's") from error
    if not isinstance(claims, dict):
        raise VapidRefusedError("the token has no claims")
    return claims


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # Written whole elsewhere first (mkstemp: readable by the owner alone), then linked, which fails
    # where another process was quicker: then its key is the one.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            Path(path).hardlink_to(draft)
    finally:
        Path(draft).unlink()
