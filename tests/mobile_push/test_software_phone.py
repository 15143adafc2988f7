from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from mobile_push.encryption import PhoneKeys, encrypt
from mobile_push.phone_address import EndpointPolicy
from mobile_push.push_message import PushMessage, Receipt
from mobile_push.software_phone import SoftwarePushService
from mobile_push.vapid import VapidKeys
from mobile_push.web_push import WebPushChannel

VAPID = VapidKeys.new()
MESSAGE = PushMessage(b'{"title":"elephants"}', ttl_s=60)


@pytest.fixture
async def service() -> AsyncIterator[SoftwarePushService]:
    async with SoftwarePushService() as service:
        yield service


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def headers(vapid: VapidKeys, endpoint: str, at: datetime) -> dict[str, str]:
    return {
        "Authorization": vapid.header_for(endpoint, at),
        "Content-Encoding": "aes128gcm",
        "TTL": "60",
    }


@pytest.mark.parametrize(
    ("sender", "signed_for", "age"),
    [
        (VapidKeys.new(), None, timedelta(0)),
        (VAPID, "https://elsewhere.example/push/1", timedelta(0)),
        (VAPID, None, timedelta(days=2)),
    ],
    ids=["another sender's key", "another audience", "an expired token"],
)
async def test_a_phone_hears_nobody_else(
    service: SoftwarePushService,
    session: aiohttp.ClientSession,
    sender: VapidKeys,
    signed_for: str | None,
    age: timedelta,
) -> None:
    phone = service.new_phone(VAPID.public_key)
    endpoint = phone.address.endpoint
    signed = headers(sender, signed_for or endpoint, datetime.now(UTC) - age)

    body = encrypt(b'{"title":"all clear"}', phone.address)
    async with session.post(endpoint, data=body, headers=signed) as response:
        assert response.status == 403

    assert phone.received == []
    assert service.counts == {"unsigned": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"plain text",
        encrypt(b'{"title":"x"}', PhoneKeys.new().address("https://p.example/1")),
    ],
    ids=["not encrypted", "encrypted for another phone"],
)
async def test_what_the_phone_cannot_read_is_refused(
    service: SoftwarePushService, session: aiohttp.ClientSession, body: bytes
) -> None:
    phone = service.new_phone(VAPID.public_key)
    endpoint = phone.address.endpoint
    signed = headers(VAPID, endpoint, datetime.now(UTC))

    async with session.post(endpoint, data=body, headers=signed) as response:
        assert response.status == 400

    assert phone.received == []


async def test_a_phone_that_unsubscribed_is_gone(
    service: SoftwarePushService, session: aiohttp.ClientSession
) -> None:
    phone = service.new_phone(VAPID.public_key)
    channel = WebPushChannel(VAPID, session, policy=EndpointPolicy(frozenset({service.origin})))

    assert (await channel.send(phone.address, MESSAGE)).receipt is Receipt.SENT
    phone.unsubscribe()
    assert (await channel.send(phone.address, MESSAGE)).receipt is Receipt.GONE
    assert service.counts == {"delivered": 1, "gone": 1}


async def test_each_phone_rings_for_itself(
    service: SoftwarePushService, session: aiohttp.ClientSession
) -> None:
    heard: list[str] = []
    first = service.new_phone(VAPID.public_key, lambda payload: heard.append(payload["title"]))
    second = service.new_phone(VAPID.public_key)
    channel = WebPushChannel(VAPID, session, policy=EndpointPolicy(frozenset({service.origin})))

    await channel.send(first.address, MESSAGE)

    assert await first.wait_for(1) == [{"title": "elephants"}]
    assert heard == ["elephants"]
    assert second.received == []


async def test_waiting_for_a_push_that_never_comes_ends(service: SoftwarePushService) -> None:
    phone = service.new_phone(VAPID.public_key)

    with pytest.raises(TimeoutError):
        await phone.wait_for(1, timeout_s=0.05)
