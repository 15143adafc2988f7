"""MQTT as bytes: what our encoder says is read back by our reader, in whatever pieces it comes."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.broker import wire
from api.broker.conversation import Conversation
from api.broker.wire import BrokenStreamError, Packet, PacketReader, Published, Wishes

WISHES = Wishes("link", "server", "secret", 20, True, 3600, 4000)
TOPICS = st.text(st.characters(codec="utf-8"), max_size=60)
MESSAGES = st.builds(
    Published, TOPICS, st.binary(max_size=300), st.booleans(), st.just(1), st.integers(1, 65_535)
)


@given(st.lists(MESSAGES, max_size=20), st.booleans(), st.integers(1, 400))
def test_messages_are_read_whatever_the_pieces(
    messages: list[Published], five: bool, piece: int
) -> None:
    stream = b"".join(
        wire.publish(each.topic, each.payload, packet_id=each.packet_id,
                     retained=each.retained, five=five)
        for each in messages
    )  # fmt: skip
    reader, packets = PacketReader(), []
    for begin in range(0, len(stream), piece):
        packets += reader.read(stream[begin : begin + piece])

    assert [wire.published(packet, five=five) for packet in packets] == messages


@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_end_in_anything_but_packets_or_a_broken_stream(data: bytes, five: bool) -> None:
    try:
        for packet in PacketReader().read(data):
            wire.refusal(packet, five=five)
            wire.acknowledged_id(packet)
            wire.promises(packet)
            wire.published(packet, five=five)
    except BrokenStreamError:
        pass


@given(st.binary(max_size=200), st.booleans())
async def test_a_broker_that_talks_nonsense_cannot_crash_a_conversation(
    data: bytes, five: bool
) -> None:
    conversation = Conversation(WISHES, lambda _: None, five=five)

    conversation.data_received(b"\x20\x03\x00\x00\x00" + data)  # let in, then nonsense
    conversation.close()

    assert conversation.ended.done()
    assert conversation.admitted.done()


def test_a_packet_longer_than_allowed_is_not_waited_for() -> None:
    with pytest.raises(BrokenStreamError, match="600000 bytes"):
        PacketReader(512 * 1024).read(b"\x30" + wire._length(600_000))


@pytest.mark.parametrize(
    ("packet", "five", "why"),
    [
        (Packet(0x20, b"\x00\x00"), False, ""),
        (Packet(0x20, b"\x00\x05"), False, "not authorised"),
        (Packet(0x20, b"\x00\x86\x00"), True, "bad user name or password"),
        (Packet(0x90, b"\x00\x01\x01"), False, ""),
        (Packet(0x90, b"\x00\x01\x80"), False, "reason 0x80"),
        (Packet(0x90, b"\x00\x01\x00\x87"), True, "not authorised"),
        (Packet(0x40, b"\x00\x01"), True, ""),
        (Packet(0x40, b"\x00\x01\x10\x00"), True, ""),  # nobody listens, which is no refusal
        (Packet(0x40, b"\x00\x01\x87\x00"), True, "not authorised"),
    ],
)
def test_a_refusal_is_said_in_words(packet: Packet, five: bool, why: str) -> None:
    assert wire.refusal(packet, five=five) == why


def test_a_broker_may_promise_less_than_we_are_used_to() -> None:
    properties = b"\x21\x00\x05" + b"\x13\x00\x1e" + b"\x26\x00\x01a\x00\x01b" + b"\x12\x00\x02id"
    packet = Packet(0x20, b"\x00\x00" + bytes([len(properties)]) + properties)

    told = wire.promises(packet)

    assert told[wire.RECEIVE_MAXIMUM] == 5
    assert told[wire.SERVER_KEEP_ALIVE] == 30


async def test_no_more_is_said_than_the_broker_takes_at_once() -> None:
    line = _Line()
    conversation = Conversation(WISHES, lambda _: None, five=True)
    conversation.connection_made(line)
    conversation.data_received(b"\x20\x06\x00\x00\x03\x21\x00\x02")  # two at once

    answers = [conversation.ask("a", b"%d" % number, retained=False) for number in range(3)]
    await asyncio.sleep(0)
    said_at_once = len(line.said())
    conversation.data_received(b"\x40\x02\x00\x01")
    await asyncio.sleep(0)

    assert said_at_once == 2
    assert len(line.said()) == 3
    assert [answer.done() for answer in answers] == [True, False, False]
    conversation.close()
    assert all(answer.result() for answer in answers[1:])


class _Line(asyncio.Transport):
    """A transport that remembers what went through it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def said(self) -> list[Packet]:
        return [packet for packet in PacketReader().read(self.written) if packet.kind == 3]
