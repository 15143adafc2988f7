"""The embedded broker's short way to the link: acknowledged after the commit, or said again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.broker.connection import Connection
from api.broker.embedded import EmbeddedBroker
from api.broker.gate import Gate
from api.broker.provider import SERVER_USERNAME, BrokerAddress
from edge_agent.contracts.seal import broker_password
from edge_agent.contracts.topics import DETECTIONS, STATUS
from tests.api.radio import Radio, radio

KEY = b"k" * 32
TOPIC = DETECTIONS.of("valley", "ridge")


@asynccontextmanager
async def a_broker() -> AsyncIterator[BrokerAddress]:
    async def find(_: str, __: str) -> bytes | None:
        return KEY

    gate = Gate("server", find)
    async with EmbeddedBroker("127.0.0.1", 0, gate, server_password="server").open() as address:
        yield address


@asynccontextmanager
async def ridge(address: BrokerAddress) -> AsyncIterator[Radio]:
    opened = radio(address.host, address.port, "valley.ridge", broker_password(KEY))
    one = await asyncio.to_thread(opened.__enter__)
    try:
        yield one
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


@asynccontextmanager
async def a_link(address: BrokerAddress) -> AsyncIterator[Connection]:
    async with Connection.open(address, client_id="link") as link:
        assert await asyncio.to_thread(link.subscribed.wait, 10)
        yield link


async def test_a_sighting_is_acknowledged_only_when_the_link_says_so() -> None:
    async with a_broker() as address, a_link(address) as link, ridge(address) as one:
        said = one.client.publish(TOPIC, b"seen", qos=1)
        (arrived,) = await link.batch(at_most=9, gather_s=0, within_s=10)
        too_early = said.is_published()

        link.acknowledge([arrived])

        await asyncio.to_thread(said.wait_for_publish, 10)
        assert arrived.voice is not None, "it did not come the short way"
        assert not too_early
        assert said.is_published()


async def test_a_sender_whose_message_was_not_kept_can_go_on() -> None:
    async with a_broker() as address, a_link(address) as link, ridge(address) as one:
        said = one.client.publish(TOPIC, b"seen", qos=1)
        (arrived,) = await link.batch(at_most=9, gather_s=0, within_s=10)

        link.let_go([arrived])

        await asyncio.to_thread(said.wait_for_publish, 10)
        assert said.is_published()


async def test_a_link_that_ends_lets_the_next_have_what_it_did_not_commit() -> None:
    async with a_broker() as address, ridge(address) as one:
        async with a_link(address) as doomed:
            one.client.publish(TOPIC, b"seen", qos=1)
            assert await doomed.batch(at_most=9, gather_s=0, within_s=10)
        async with a_link(address) as link:
            heard = await link.batch(at_most=9, gather_s=0, within_s=20)

    assert [message.payload for message in heard] == [b"seen"]


async def test_what_is_kept_for_those_who_come_later_goes_the_brokers_own_way() -> None:
    topic = STATUS.of("valley", "ridge")
    async with a_broker() as address, a_link(address) as link, ridge(address) as one:
        await asyncio.to_thread(one.say, topic, b"online", retain=True)
        (status,) = await link.batch(at_most=9, gather_s=0, within_s=10)

    assert status.voice is None
    assert (status.topic, status.payload) == (topic, b"online")


async def test_a_foreign_topic_does_not_slip_through_the_short_way() -> None:
    foreign = DETECTIONS.of("valley", "ford")
    async with a_broker() as address, a_link(address) as link, ridge(address) as one:
        one.client.publish(foreign, b"as ford", qos=1)
        one.client.publish(TOPIC, b"as ridge", qos=1)
        heard = await link.batch(at_most=9, gather_s=0.2, within_s=10)

    assert [message.payload for message in heard] == [b"as ridge"]


async def test_without_a_link_the_broker_keeps_sightings_for_it() -> None:
    async with a_broker() as address:
        async with a_link(address):
            pass  # it was here once: the broker keeps its place
        async with ridge(address) as one:
            await asyncio.to_thread(one.say, TOPIC, b"seen meanwhile")
            async with a_link(address) as link:
                heard = await link.batch(at_most=9, gather_s=0, within_s=10)

    first, *repeated = heard
    assert first.payload == b"seen meanwhile"
    assert repeated in ([], [first])  # QoS 1 is at least once: amqtt may repeat it, as the same
    assert address.username == SERVER_USERNAME
