import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from mobile_push.apprise_channel import HOSTED, AppriseChannel, ServicePolicy
from mobile_push.phone_address import BadAddressError
from mobile_push.push_message import Receipt
from mobile_push.text_address import TextAddress
from tests.mobile_push.text_messages import LocalGateway, a_gateway, a_push

URL = "https://trunkline.example"


@pytest.fixture
async def service() -> AsyncIterator[LocalGateway]:
    async with a_gateway() as one:
        yield one


def channel_to(service: LocalGateway) -> tuple[AppriseChannel, TextAddress]:
    host = service.origin.removeprefix("http://")
    policy = ServicePolicy(frozenset({"json"}), frozenset({host}))
    return AppriseChannel(policy, public_url=URL), TextAddress(f"json://{host}/chat")


async def test_a_chat_service_gets_title_body_and_link(service: LocalGateway) -> None:
    channel, address = channel_to(service)

    sending = await channel.send(address, a_push())

    said = json.loads(service.asked[0].body)
    assert sending.receipt is Receipt.SENT
    assert said["title"] == "DANGER: elephants at Guanping"
    assert said["message"].endswith(f"{URL}/app/#/alert/a1")


async def test_a_service_that_refuses_is_tried_again(service: LocalGateway) -> None:
    service.answer = lambda: web.Response(status=500)
    channel, address = channel_to(service)

    assert (await channel.send(address, a_push())).receipt is Receipt.TRY_AGAIN


async def test_a_redirect_is_not_followed(service: LocalGateway) -> None:
    async with a_gateway() as inside:
        moved = {"Location": f"{inside.origin}/secret"}
        service.answer = lambda: web.Response(status=307, headers=moved)
        channel, address = channel_to(service)

        sending = await channel.send(address, a_push())

    assert (sending.receipt, inside.asked) == (Receipt.TRY_AGAIN, [])


async def test_the_event_loop_goes_on_while_a_service_is_slow(service: LocalGateway) -> None:
    channel, address = channel_to(service)
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - before)

    # It answers in our own loop: a call that blocked the loop could never end.
    ticking = asyncio.create_task(tick())
    sendings = await asyncio.gather(*(channel.send(address, a_push()) for _ in range(4)))
    ticking.cancel()

    assert {sending.receipt for sending in sendings} == {Receipt.SENT}
    assert longest > 0


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:8000/x",
        "json://localhost",
        "json://trunkline.internal.example:80",
        "file:///etc/passwd",
        "syslog://",
        "mailto://a:b@127.0.0.1?smtp=10.0.0.1",
        "wecombot://0123456789?verify=no",
        "wecombot://",
        "https://example.org",
        "json://allowed.example:80@127.0.0.1/",
        "nonsense",
        "",
        "wecombot://" + "x" * 600,
    ],
)
def test_nobody_sends_the_server_anywhere_but_where_its_operator_said(url: str) -> None:
    policy = ServicePolicy(HOSTED | {"json"}, frozenset({"allowed.example:80"}))

    with pytest.raises(BadAddressError):
        policy.read(url)


@pytest.mark.parametrize(
    "url", ["wecombot://0123456789abcdef", "tgram://123456789:abcdefg_hijklmnop/12315544"]
)
def test_services_on_their_makers_hosts_are_let_through(url: str) -> None:
    assert ServicePolicy().read(url).secure_protocol == url.partition("://")[0]


async def test_an_address_that_is_not_allowed_any_more_is_refused(service: LocalGateway) -> None:
    channel = AppriseChannel(ServicePolicy(), public_url=URL)
    address = TextAddress(f"json://{service.origin.removeprefix('http://')}/")

    assert (await channel.send(address, a_push())).receipt is Receipt.REFUSED
    assert service.asked == []
