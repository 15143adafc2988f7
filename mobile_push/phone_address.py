"""Where a phone is reached: a push endpoint and the keys to write to it secretly."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from mobile_push.base64url import from_base64url, to_base64url

MAX_ENDPOINT_CHARACTERS = 1024
AUTH_BYTES = 16
POINT_BYTES = 65
"""An uncompressed point on P-256: 0x04, x, y."""

_PHONES_KNOWN = 10_000  # 40 MB at most: whoever is rung is soon rung again, and told of the end

_SERVICES_KNOWN = 1_000  # push services are few, and many phones are with each
_SERVICE = re.compile(r"[^:/?#]+://[^/?#]*")  # where, in RFC 3986, path, query or fragment begin

_PRIVATE_SUFFIXES = (
    "localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "onion",
)  # fmt: skip


class BadAddressError(ValueError):
    """A phone's address that no message can be sent to; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class PhoneAddress:
    """A browser's push subscription, read and checked.

    `p256dh` is the phone's public key (65 bytes, a point on P-256), `auth` its 16 secret bytes.
    """

    endpoint: str
    p256dh: bytes
    auth: bytes

    @classmethod
    def parse(cls, endpoint: str, p256dh: str, auth: str) -> Self:
        """Read what `PushSubscription.toJSON()` says (keys in base64url).

        Raises:
            BadAddressError: not a URL, not a point on the curve, or not 16 bytes.
        """
        _split(endpoint)
        return cls(endpoint, *_keys(p256dh, auth))

    @property
    def keys(self) -> dict[str, str]:
        """The keys as the browser spells them, to be stored and parsed again."""
        return {"p256dh": to_base64url(self.p256dh), "auth": to_base64url(self.auth)}


@dataclass(frozen=True, slots=True)
class EndpointPolicy:
    """Which endpoints this server may be made to call.

    A phone names the URL that the server will post to: without a policy anybody with an invite
    could make it knock on the doors of its own network. `allowed_origins` are exceptions spelt out
    by the operator (`http://127.0.0.1:8200` in a demo, a push service of their own).
    """

    allowed_origins: frozenset[str] = frozenset()

    def check(self, endpoint: str) -> None:
        """Accept an endpoint silently.

        Raises:
            BadAddressError: this server must not send there; the text says why.
        """
        url = _split(endpoint)
        if _origin(url) in self.allowed_origins:
            return
        if url.scheme != "https":
            raise BadAddressError("a push endpoint must be https")
        if url.port not in (None, 443):
            raise BadAddressError("a push endpoint must be on port 443")
        _check_public_name((url.hostname or "").rstrip("."))


def origin_of(endpoint: str) -> str:
    """Scheme, host and port (unless it is the scheme's own), as browsers spell an origin.

    Raises:
        BadAddressError: the endpoint is not a URL.
    """
    return _origin(_split(endpoint))


@lru_cache(maxsize=_PHONES_KNOWN)
def public_key_of(point: bytes) -> ec.EllipticCurvePublicKey:
    """Return the key that an uncompressed point (65 bytes) stands for.

    Raises:
        ValueError: not a point on P-256.
    """
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _origin(url: SplitResult) -> str:
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    ordinary = url.port is None or url.port == {"https": 443, "http": 80}.get(url.scheme)
    return f"{url.scheme}://{host}" if ordinary else f"{url.scheme}://{host}:{url.port}"


def _split(endpoint: str) -> SplitResult:
    """Read the part of an endpoint that says whose it is; the rest means nothing to us."""
    if len(endpoint) > MAX_ENDPOINT_CHARACTERS:
        raise BadAddressError(f"the endpoint is longer than {MAX_ENDPOINT_CHARACTERS} characters")
    # A backslash or a blank means different things to different URL readers.
    if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint or "\\" in endpoint:
        raise BadAddressError("the endpoint has characters that no URL has")
    service = _SERVICE.match(endpoint)
    if service is None:
        raise BadAddressError("the endpoint is not a web address")
    return _service(service[0])


@lru_cache(maxsize=_SERVICES_KNOWN)
def _service(start: str) -> SplitResult:
    try:
        url = urlsplit(start)
        _ = url.port
    except ValueError as error:
        raise BadAddressError("the endpoint is not a URL") from error
    if url.scheme not in ("https", "http") or not url.hostname:
        raise BadAddressError("the endpoint is not a web address")
    if "@" in url.netloc:
        raise BadAddressError("the endpoint carries a user name")
    return url


def _check_public_name(host: str) -> None:
    labels = host.split(".")
    # No top-level domain is a number: this also catches 127.1, 0x7f.0.0.1 and 2130706433.
    if _is_address(host) or labels[-1][:1].isdigit():
        raise BadAddressError("a push endpoint must be a name, not a number on the network")
    if len(labels) < 2 or any(host == s or host.endswith("." + s) for s in _PRIVATE_SUFFIXES):
        raise BadAddressError("a push endpoint must be on the public internet")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=_PHONES_KNOWN)
def _keys(p256dh: str, auth: str) -> tuple[bytes, bytes]:
    point = _key(p256dh, "p256dh", POINT_BYTES)
    try:
        public_key_of(point)
    except ValueError as error:
        raise BadAddressError("the key p256dh is not a point on the curve P-256") from error
    return point, _key(auth, "auth", AUTH_BYTES)


def _key(text: str, name: str, length: int) -> bytes:
    try:
        key = from_base64url(text)
    except ValueError as error:
        raise BadAddressError(f"the key {name} is not base64url") from error
    if len(key) != length:
        raise BadAddressError(f"the key {name} has {len(key)} bytes, not {length}")
    return key
