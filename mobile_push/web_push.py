"""Web Push (RFC 8030): the channel to every browser and installed web app."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from mobile_push.encryption import encrypt
from mobile_push.phone_address import BadAddressError, EndpointPolicy, PhoneAddress
from mobile_push.push_message import PushMessage, Receipt, Sending
from mobile_push.vapid import VapidKeys

MAX_RETRY_AFTER_S = 3600.0
_DETAIL_BYTES = 200
_TEMPORARY = frozenset({408, 425, 429})
_GONE = frozenset({404, 410})


class WebPushChannel:
    """Sends to push services.

    The session is the caller's; open it with `PublicResolver` where endpoints come from outside.
    """

    def __init__(
        self,
        vapid: VapidKeys,
        session: aiohttp.ClientSession,
        *,
        policy: EndpointPolicy,
        timeout_s: float = 10.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._vapid = vapid
        self._session = session
        self._policy = policy
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._now = now

    async def send(self, address: PhoneAddress, message: PushMessage) -> Sending:
        """Encrypt, sign, post once."""
        try:
            self._policy.check(address.endpoint)
        except BadAddressError as error:
            return Sending(Receipt.REFUSED, str(error))
        try:
            return await self._post(address, message)
        except TimeoutError:
            return Sending(Receipt.TRY_AGAIN, "the push service did not answer in time")
        except aiohttp.ClientError as error:
            return Sending(Receipt.TRY_AGAIN, f"no connection to the push service: {error}")

    async def _post(self, address: PhoneAddress, message: PushMessage) -> Sending:
        async with self._session.post(
            address.endpoint,
            data=encrypt(message.payload, address),
            headers=self._headers(address.endpoint, message),
            timeout=self._timeout,
            # A redirect would lead around the endpoint policy, and RFC 8030 knows none.
            allow_redirects=False,
        ) as response:
            detail = (await response.content.read(_DETAIL_BYTES)).decode("utf-8", "replace")
            return _sending(response.status, detail, self._retry_after_s(response))

    def _headers(self, endpoint: str, message: PushMessage) -> dict[str, str]:
        headers = {
            "Authorization": self._vapid.header_for(endpoint, self._now()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.ttl_s),
            "Urgency": message.urgency,
        }
        return headers if message.topic is None else headers | {"Topic": message.topic}

    def _retry_after_s(self, response: aiohttp.ClientResponse) -> float | None:
        asked = response.headers.get("Retry-After")
        return None if asked is None else read_retry_after(asked, self._now())


def read_retry_after(text: str, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for, at most an hour; None if unreadable."""
    try:
        seconds = float(int(text))
    except ValueError:
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = (until - now).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _sending(status: int, detail: str, retry_after_s: float | None) -> Sending:
    said = f"HTTP {status} {detail}".strip()
    if 200 <= status < 300:
        return Sending(Receipt.SENT, said)
    if status in _GONE:
        return Sending(Receipt.GONE, said)
    if status in _TEMPORARY or status >= 500:
        return Sending(Receipt.TRY_AGAIN, said, retry_after_s)
    return Sending(Receipt.REFUSED, said)
