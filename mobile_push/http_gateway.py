"""SMS and voice calls through any gateway that takes a signed HTTP request.

What a gateway wants is data, not code: its URL, its headers and its body are templates, and so is
the text that is signed. `{to}`, `{text}`, `{audio_url}`, `{timestamp}`, `{nonce}` and the places of
`Words` are filled in; in the signed text also `{payload}` (the body as it is sent) and `{path}`.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from string import Formatter
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlencode, urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from mobile_push.phone_address import BadAddressError, EndpointPolicy
from mobile_push.push_message import PushMessage, Receipt, Sending
from mobile_push.text_address import TextAddress
from mobile_push.web_push import read_retry_after
from mobile_push.words import Words

_TEMPORARY = frozenset({408, 425, 429})
_ANSWER_BYTES = 4096
_WORDS = frozenset(
    {"title", "body", "text", "lang", "level", "state", "drill", "alert_id", "delivery_id", "link"}
)
_PLACES = _WORDS | {"to", "audio_url", "timestamp", "nonce", "key_id"}
_SIGNED_PLACES = _PLACES | {"payload", "path"}


class Signature(BaseModel):
    """How the gateway knows that it is us: HMAC over `over`, in the header `header`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    header: str = "X-Trunkline-Signature"
    over: str = "{timestamp}\n{nonce}\n{payload}"
    prefix: str = ""
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"


class Success(BaseModel):
    """What an accepted request looks like, for gateways that say 200 to everything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str  # of the JSON answer; dots lead inside
    equals: tuple[str, ...]
    gone: tuple[str, ...] = ()  # such an answer: the number does not exist


class Gateway(BaseModel):
    """A gateway as its operator describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    secret: SecretStr
    key_id: str = ""
    encoding: Literal["json", "form"] = "json"
    headers: Mapping[str, str] = {
        "X-Trunkline-Timestamp": "{timestamp}",
        "X-Trunkline-Nonce": "{nonce}",
    }
    body: Mapping[str, Any] = {"to": "{to}", "text": "{text}", "id": "{delivery_id}"}
    # Of a recorded phrase, as in https://…/{lang}/{level}.mp3. Without it: of our own spoken clip,
    # or empty in a language that has none.
    audio_url: str = ""
    signature: Signature = Signature()
    success: Success | None = None
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 10.0

    @model_validator(mode="after")
    def _asks_only_for_what_there_is(self) -> Self:
        for template in (*self.headers.values(), *_strings(self.body)):
            _check(template, _PLACES)
        _check(self.audio_url, _WORDS)
        _check(self.signature.over, _SIGNED_PLACES)
        return self


class HttpGatewayChannel:
    """Sends words to a number through a gateway. The session is the caller's."""

    def __init__(
        self,
        gateway: Gateway,
        session: aiohttp.ClientSession,
        *,
        policy: EndpointPolicy,
        public_url: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._gateway = gateway
        self._session = session
        self._policy = policy
        self._public_url = public_url
        self._now = now
        self._nonce = nonce

    async def send(self, address: TextAddress, message: PushMessage) -> Sending:
        """Fill in, sign, post once."""
        try:
            self._policy.check(self._gateway.url)
        except BadAddressError as error:
            return Sending(Receipt.REFUSED, f"the gateway: {error}")
        try:
            return await self._post(address, Words.of(message, self._public_url))
        except TimeoutError:
            return Sending(Receipt.TRY_AGAIN, "the gateway did not answer in time")
        except aiohttp.ClientError as error:
            return Sending(Receipt.TRY_AGAIN, f"no connection to the gateway: {error}")

    async def _post(self, address: TextAddress, words: Words) -> Sending:
        gateway = self._gateway
        places = self._places(address, words)
        payload, media_type = _payload(gateway, places)
        headers = {name: text.format_map(places) for name, text in gateway.headers.items()}
        async with self._session.post(
            gateway.url,
            data=payload,
            headers={"Content-Type": media_type} | headers | self._signed(payload, places),
            timeout=aiohttp.ClientTimeout(total=gateway.timeout_s),
            allow_redirects=False,  # it would lead around the policy
        ) as response:
            answer = await response.content.read(_ANSWER_BYTES)
            asked = response.headers.get("Retry-After")
            wait_s = None if asked is None else read_retry_after(asked, self._now())
            return _sending(gateway.success, response.status, answer, wait_s)

    def _places(self, address: TextAddress, words: Words) -> dict[str, str]:
        places = words.places()
        return places | {
            "to": address.text,
            "audio_url": self._gateway.audio_url.format_map(places) or words.clip_url,
            "timestamp": str(int(self._now().timestamp())),
            "nonce": self._nonce(),
            "key_id": self._gateway.key_id,
        }

    def _signed(self, payload: bytes, places: Mapping[str, str]) -> dict[str, str]:
        wanted = self._gateway.signature
        path = urlsplit(self._gateway.url).path
        text = wanted.over.format_map({**places, "payload": payload.decode(), "path": path})
        key = self._gateway.secret.get_secret_value().encode()
        mac = hmac.new(key, text.encode(), getattr(hashlib, wanted.algorithm))
        spelt = (
            mac.hexdigest() if wanted.encoding == "hex" else base64.b64encode(mac.digest()).decode()
        )
        return {wanted.header: wanted.prefix + spelt}


def _payload(gateway: Gateway, places: Mapping[str, str]) -> tuple[bytes, str]:
    # Filled in before it is spelt: no name of a village can break out of its field.
    body = _filled(gateway.body, places)
    if gateway.encoding == "form":
        return urlencode(body).encode(), "application/x-www-form-urlencoded"
    return json.dumps(body, ensure_ascii=False).encode(), "application/json"


def _filled(value: Any, places: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return value.format_map(places)
    if isinstance(value, Mapping):
        return {name: _filled(inner, places) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, places) for inner in value]
    return value


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value
    return [s for v in inner for s in _strings(v)] if isinstance(value, Mapping | list) else []


def _check(template: str, known: frozenset[str]) -> None:
    for _, name, _, _ in Formatter().parse(template):
        if name is not None and name not in known:
            raise ValueError(f"{template!r} asks for {{{name}}}; there is only {sorted(known)}")


def _sending(
    success: Success | None, status: int, answer: bytes, retry_after_s: float | None
) -> Sending:
    said = f"HTTP {status}"
    if status in _TEMPORARY or status >= 500:
        return Sending(Receipt.TRY_AGAIN, said, retry_after_s)
    if not 200 <= status < 300:
        return Sending(Receipt.REFUSED, said)
    if success is None:
        return Sending(Receipt.SENT, said)
    told = _field(answer, success.field)
    if told in success.equals:
        return Sending(Receipt.SENT, f"{said} {told}")
    receipt = Receipt.GONE if told in success.gone else Receipt.REFUSED
    return Sending(receipt, f"{said}, {success.field} is {told!r}"[:200])


def _field(answer: bytes, path: str) -> str | None:
    try:
        found = json.loads(answer)
    except ValueError:
        return None
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return None if found is None else str(found)
