import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from api.broker import embedded, station_reader
from api.broker.connection import Connection
from api.broker.embedded import ClientWriter, EmbeddedBroker
from api.broker.gate import Gate, Refusal
from api.broker.provider import BrokerAddress
from api.errors import SetUpError
from edge_agent.contracts.seal import broker_password
from edge_agent.contracts.topics import DETECTIONS, STATUS, STORED, everything_of
from tests.api.radio import Radio, radio, wait_until

KEY = b"k" * 32
PASSWORD = broker_password(KEY)
RIDGE = "valley.ridge"


@dataclass
class Running:
    address: BrokerAddress
    keys: dict[tuple[str, str], bytes]
    refusals: list[Refusal]


@pytest.fixture
async def broker() -> AsyncIterator[Running]:
    keys = {("valley", "ridge"): KEY}
    refusals: list[Refusal] = []

    async def find_key(site_id: str, station_id: str) -> bytes | None:
        return keys.get((site_id, station_id))

    gate = Gate("the server's", find_key, on_refusal=refusals.append)
    ours = EmbeddedBroker("127.0.0.1", 0, gate, server_password="the server's")
    async with ours.open() as address:
        yield Running(address, keys, refusals)


@asynccontextmanager
async def ridge(
    broker: Running,
    *,
    name: str = RIDGE,
    password: str = PASSWORD,
    will: tuple[str, bytes] | None = None,
    keep_alive_s: int = 20,
) -> AsyncIterator[Radio]:
    """A station's radio. The broker asks our loop for keys, so that the loop must not block."""
    address = broker.address
    opened = radio(address.host, address.port, name, password, will=will, keep_alive_s=keep_alive_s)
    one = await asyncio.to_thread(opened.__enter__)
    try:
        yield one
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


async def test_a_wrong_password_stays_outside(broker: Running) -> None:
    async with ridge(broker, password="guessed") as one:
        assert one.refused.is_set()

    assert Refusal(RIDGE, "connect", "") in broker.refusals


async def test_a_station_enrolled_a_moment_ago_is_let_in(broker: Running) -> None:
    async with ridge(broker, name="valley.ford") as too_early:
        assert too_early.refused.is_set()

    broker.keys["valley", "ford"] = KEY

    async with ridge(broker, name="valley.ford") as enrolled:
        assert enrolled.connected.is_set()


async def test_a_station_cannot_speak_for_another(broker: Running) -> None:
    foreign, own = DETECTIONS.of("valley", "ford"), DETECTIONS.of("valley", "ridge")

    async with Connection.open(broker.address, client_id="link") as link:
        await asyncio.to_thread(link.subscribed.wait, 10)
        async with ridge(broker) as one:
            await asyncio.to_thread(one.say, foreign, b"as ford")
            await asyncio.to_thread(one.say, own, b"as ridge")
        heard = await link.batch(at_most=10, gather_s=0.2, within_s=10)

    assert [message.topic for message in heard] == [own]
    assert Refusal(RIDGE, "publish", foreign) in broker.refusals


async def test_a_station_cannot_listen_to_another(broker: Running) -> None:
    async with ridge(broker) as one:
        assert not await asyncio.to_thread(one.subscribe, everything_of("valley", "ford"))
        assert await asyncio.to_thread(one.subscribe, everything_of("valley", "ridge"))


async def test_a_last_will_on_a_foreign_topic_keeps_its_owner_out(broker: Running) -> None:
    async with ridge(broker, will=(STATUS.of("valley", "ford"), b"ford is dead")) as one:
        assert one.refused.is_set()


async def test_the_server_tells_a_station_what_it_stored(broker: Running) -> None:
    topic = STORED.of("valley", "ridge")
    async with Connection.open(broker.address, client_id="link") as link:
        await asyncio.to_thread(link.subscribed.wait, 10)
        async with ridge(broker) as one:
            await asyncio.to_thread(one.subscribe, topic)
            assert await link.publish_surely(topic, b"stored", within_s=10)
            await asyncio.to_thread(wait_until, lambda: len(one.heard) == 1, "it is told")
        echo = await link.batch(at_most=10, gather_s=0, within_s=0.2)

    assert one.heard == [(topic, b"stored")]
    assert echo == []


async def test_a_huge_packet_ends_only_its_own_connection(broker: Running) -> None:
    topic = DETECTIONS.of("valley", "ridge")
    async with Connection.open(broker.address, client_id="link") as link:
        await asyncio.to_thread(link.subscribed.wait, 10)
        async with ridge(broker) as one:
            lost = asyncio.Event()
            loop = asyncio.get_running_loop()
            one.on_lost = lambda: loop.call_soon_threadsafe(lost.set)
            one.client.publish(topic, b"x" * 600_000, qos=0)
            await asyncio.wait_for(lost.wait(), 10)
        async with ridge(broker) as again:
            await asyncio.to_thread(again.say, topic, b"small")
        heard = await link.batch(at_most=10, gather_s=0, within_s=10)

    assert [message.payload for message in heard] == [b"small"]


async def test_strangers_who_hold_a_hundred_lines_keep_no_station_out(broker: Running) -> None:
    """They say nothing, or begin a packet that they never end."""
    strangers = [socket.create_connection((broker.address.host, broker.address.port))]
    try:
        for number in range(2 * embedded.MAX_STRANGERS):
            strangers.append(
                socket.create_connection((broker.address.host, broker.address.port), timeout=5)
            )
            strangers[-1].sendall(b"\x10"[: number % 2])
        async with ridge(broker) as one:
            assert one.client.is_connected()
        # The longest waiting has made room.
        assert await asyncio.to_thread(strangers[0].recv, 1) == b""
    finally:
        for line in strangers:
            line.close()


async def test_a_packet_that_is_begun_and_never_ended_is_not_waited_for(
    broker: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_reader, "LET_IN_WITHIN_S", 0.2)
    with socket.create_connection((broker.address.host, broker.address.port), timeout=5) as line:
        line.sendall(b"\x10")
        assert await asyncio.to_thread(line.recv, 1) == b""


async def test_a_station_without_power_is_told_of_by_its_last_will(broker: Running) -> None:
    will = (STATUS.of("valley", "ridge"), b"offline")
    async with Connection.open(broker.address, client_id="link") as link:
        await asyncio.to_thread(link.subscribed.wait, 10)
        async with ridge(broker, will=will, keep_alive_s=1) as one:
            await asyncio.to_thread(one.client.loop_stop)  # no more pings; the line stays open
            heard = await link.batch(at_most=10, gather_s=0, within_s=15)

    assert [message.payload for message in heard] == [b"offline"]


async def test_a_taken_port_is_said_plainly() -> None:
    async def nobody(_: str, __: str) -> bytes | None:
        return None

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = EmbeddedBroker("127.0.0.1", port, Gate("", nobody), server_password="")
        with pytest.raises(SetUpError, match=f"cannot listen on 127.0.0.1:{port}"):
            async with other.open():
                pass


async def test_a_client_that_has_gone_is_not_talked_to_again_and_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    called: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(lambda _, writer: called.put_nowait(writer), "127.0.0.1")
    async with server:
        _, own = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        theirs = await called.get()
        theirs.transport.abort()
        for _ in range(20):
            ClientWriter(theirs).write(b"heard")
        own.close()

    assert not caplog.records
