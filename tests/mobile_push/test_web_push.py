import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_push.phone_address import EndpointPolicy, PhoneAddress
from mobile_push.push_message import PushMessage, Receipt
from mobile_push.software_phone import SoftwarePhone, SoftwarePushService
from mobile_push.vapid import VapidKeys
from mobile_push.web_push import MAX_RETRY_AFTER_S, WebPushChannel, read_retry_after

NOW = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
VAPID = VapidKeys.new()
MESSAGE = PushMessage(json.dumps({"title": "野象"}).encode(), ttl_s=60, topic="alert-7")


@pytest.fixture
async def service() -> AsyncIterator[SoftwarePushService]:
    async with SoftwarePushService() as service:
        yield service


@pytest.fixture
async def channel(service: SoftwarePushService) -> AsyncIterator[WebPushChannel]:
    async with aiohttp.ClientSession() as session:
        yield a_channel(session, service.origin)


def a_channel(
    session: aiohttp.ClientSession, origin: str, *, timeout_s: float = 5.0
) -> WebPushChannel:
    policy = EndpointPolicy(frozenset({origin}))
    return WebPushChannel(VAPID, session, policy=policy, timeout_s=timeout_s)


@pytest.fixture
def phone(service: SoftwarePushService) -> SoftwarePhone:
    return service.new_phone(VAPID.public_key)


async def test_a_message_reaches_the_phone_word_for_word(
    channel: WebPushChannel, phone: SoftwarePhone
) -> None:
    sending = await channel.send(phone.address, MESSAGE)

    assert sending.receipt is Receipt.SENT
    assert phone.received == [{"title": "野象"}]


@pytest.mark.parametrize(
    ("status", "receipt"),
    [
        (200, Receipt.SENT),
        (202, Receipt.SENT),
        (404, Receipt.GONE),
        (410, Receipt.GONE),
        (408, Receipt.TRY_AGAIN),
        (429, Receipt.TRY_AGAIN),
        (500, Receipt.TRY_AGAIN),
        (503, Receipt.TRY_AGAIN),
        (307, Receipt.REFUSED),
        (400, Receipt.REFUSED),
        (401, Receipt.REFUSED),
        (403, Receipt.REFUSED),
        (413, Receipt.REFUSED),
    ],
)
async def test_only_gone_is_gone(
    channel: WebPushChannel,
    service: SoftwarePushService,
    phone: SoftwarePhone,
    status: int,
    receipt: Receipt,
) -> None:
    service.answer_next(status)

    assert (await channel.send(phone.address, MESSAGE)).receipt is receipt


async def test_a_busy_push_service_says_when_to_come_back(
    channel: WebPushChannel, service: SoftwarePushService, phone: SoftwarePhone
) -> None:
    service.answer_next(429, retry_after="17")

    assert (await channel.send(phone.address, MESSAGE)).retry_after_s == 17.0


async def test_nobody_listening_is_a_blink_and_no_farewell(
    service: SoftwarePushService, phone: SoftwarePhone
) -> None:
    await service.__aexit__()
    async with aiohttp.ClientSession() as session:
        sending = await a_channel(session, service.origin).send(phone.address, MESSAGE)

    assert sending.receipt is Receipt.TRY_AGAIN


async def test_a_push_service_that_hangs_is_left_in_time(phone: SoftwarePhone) -> None:
    left = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # to its end, which comes when the caller gives up
        left.set()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    address = PhoneAddress(f"{origin}/push/1", phone.address.p256dh, phone.address.auth)
    async with server, aiohttp.ClientSession() as session:
        sending = await a_channel(session, origin, timeout_s=0.2).send(address, MESSAGE)
        await asyncio.wait_for(left.wait(), 5)

    assert sending.receipt is Receipt.TRY_AGAIN
    assert "in time" in sending.detail


async def test_a_redirect_is_not_followed(
    channel: WebPushChannel, service: SoftwarePushService, phone: SoftwarePhone
) -> None:
    other = service.new_phone(VAPID.public_key)
    service.answer_next(307, location=other.address.endpoint)

    assert (await channel.send(phone.address, MESSAGE)).receipt is Receipt.REFUSED
    assert other.received == []


async def test_an_endpoint_in_the_servers_own_network_is_never_called(
    service: SoftwarePushService, phone: SoftwarePhone
) -> None:
    async with aiohttp.ClientSession() as session:
        channel = WebPushChannel(VAPID, session, policy=EndpointPolicy())
        sending = await channel.send(phone.address, MESSAGE)

    assert sending.receipt is Receipt.REFUSED
    assert not service.counts


def test_retry_after_may_be_a_date() -> None:
    assert read_retry_after("Sun, 22 Nov 2026 11:02:00 GMT", NOW) == 120.0
    assert read_retry_after("Sun, 22 Nov 2026 10:00:00 GMT", NOW) == 0.0


@given(st.text(max_size=40) | st.integers().map(str))
def test_no_retry_after_makes_us_wait_for_ever(text: str) -> None:
    seconds = read_retry_after(text, NOW)

    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_S


@pytest.mark.parametrize(
    ("payload", "ttl_s", "topic"),
    [
        (bytes(3073), 60, None),
        (b"", -1, None),
        (b"", 10**7, None),
        (b"", 60, "ä"),
        (b"", 0, "a" * 33),
    ],
)
def test_a_message_no_push_service_takes_is_never_built(
    payload: bytes, ttl_s: int, topic: str | None
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PushMessage(payload, ttl_s, topic=topic)


def test_a_token_is_signed_again_before_it_expires() -> None:
    keys = VapidKeys.new()
    headers = {keys.header_for("https://p.example/1", NOW + timedelta(hours=h)) for h in range(48)}

    assert 4 <= len(headers) <= 5
