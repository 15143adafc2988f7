import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from api.broker.embedded import EmbeddedBroker
from api.broker.gate import Gate
from api.broker.provider import BrokerAddress
from api.channels.siren import SirenChannel, order_id
from api.channels.speaker import BrokerSpeaker
from edge_agent.contracts.messages import read_message
from edge_agent.contracts.seal import broker_password, open_sealed
from edge_agent.contracts.siren import SirenOrder
from edge_agent.contracts.topics import SIREN
from mobile_push.push_message import Receipt
from mobile_push.text_address import TextAddress
from tests.api.radio import radio, wait_until
from tests.mobile_push.text_messages import DELIVERY, DUSK, a_push

KEY = b"k" * 32
TOPIC = SIREN.of("valley", "ridge")
RIDGE = TextAddress("valley/ridge")


async def find_key(site_id: str, station_id: str) -> bytes | None:
    return {("valley", "ridge"): KEY}.get((site_id, station_id))


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[BrokerAddress]:
    if request.param == "mosquitto":
        mosquitto = request.getfixturevalue("mosquitto")
        yield BrokerAddress(mosquitto.host, mosquitto.port, "trunkline-server", "the server's")
        return
    gate = Gate("the server's", find_key)
    embedded = EmbeddedBroker("127.0.0.1", 0, gate, server_password="the server's")
    async with embedded.open() as address:
        yield address


def a_channel(speaker: BrokerSpeaker) -> SirenChannel:
    return SirenChannel(speaker, find_key, now=lambda: DUSK + timedelta(seconds=2))


async def test_a_station_hears_a_sealed_order_that_ends_with_the_alert(
    broker: BrokerAddress,
) -> None:
    speaker = BrokerSpeaker(broker)
    opened = radio(broker.host, broker.port, "valley.ridge", broker_password(KEY))
    station = await asyncio.to_thread(opened.__enter__)
    try:
        assert await asyncio.to_thread(station.subscribe, TOPIC)
        channel = a_channel(speaker)
        sendings = [
            await channel.send(RIDGE, a_push()),
            await channel.send(
                RIDGE, a_push()
            ),  # a dispatcher was killed before it noted the first
            await channel.send(RIDGE, a_push(ring=2)),
            await channel.send(RIDGE, a_push(state="retracted")),
        ]
        await asyncio.to_thread(
            wait_until, lambda: len(station.heard) == 4, "the station hears the orders"
        )
    finally:
        speaker.close()
        await asyncio.to_thread(opened.__exit__, None, None, None)

    assert {sending.receipt for sending in sendings} == {Receipt.SENT}
    orders = [
        read_message(SirenOrder, open_sealed(KEY, topic, payload))
        for topic, payload in station.heard
    ]
    assert [order.seconds for order in orders] == [60, 60, 60, 0]
    assert orders[0].id == orders[1].id != orders[2].id
    assert orders[0].sent_at == DUSK + timedelta(seconds=2)


async def test_a_broker_that_is_away_is_tried_again(unused_tcp_port: int) -> None:
    class Nobody:
        async def say(self, topic: str, payload: bytes, *, within_s: float) -> bool:
            address = BrokerAddress("127.0.0.1", unused_tcp_port, "trunkline-server", "x")
            speaker = BrokerSpeaker(address)
            try:
                return await speaker.say(topic, payload, within_s=0.3)
            finally:
                speaker.close()

    sending = await SirenChannel(Nobody(), find_key).send(RIDGE, a_push())

    assert sending.receipt is Receipt.TRY_AGAIN


async def test_a_station_that_was_taken_down_has_no_siren(broker: BrokerAddress) -> None:
    speaker = BrokerSpeaker(broker)

    sending = await a_channel(speaker).send(TextAddress("valley/elsewhere"), a_push())

    assert sending.receipt is Receipt.GONE


def test_an_order_s_id_is_the_same_after_a_restart() -> None:
    assert order_id(DELIVERY, 1) == order_id(DELIVERY, 1) != order_id(DELIVERY, 2)
