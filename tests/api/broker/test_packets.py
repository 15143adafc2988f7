"""MQTT as bytes: what amqtt writes is read back, in whatever pieces it comes."""

from contextlib import suppress

import pytest
from amqtt.mqtt.publish import PublishPacket
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from api.broker.packets import (
    BrokenStreamError,
    Packet,
    PacketReader,
    Published,
    acknowledgement,
    published,
    whole,
)

TOPICS = st.text(st.characters(codec="utf-8", exclude_characters="#+"), max_size=60)
ONCE_OR_MORE = st.builds(
    Published, TOPICS, st.binary(max_size=300), st.booleans(), st.just(1), st.integers(1, 65_535)
)
AT_MOST_ONCE = st.builds(
    Published, TOPICS, st.binary(max_size=300), st.booleans(), st.just(0), st.just(0)
)


def said_by_amqtt(message: Published) -> bytes:
    packet = PublishPacket.build(
        message.topic, message.payload, message.packet_id or None, False, message.qos,
        message.retained,
    )  # fmt: skip
    return bytes(packet.to_bytes())


@settings(deadline=None, max_examples=50)  # a busy machine is no fault
@given(st.lists(ONCE_OR_MORE | AT_MOST_ONCE, max_size=6), st.integers(1, 400))
def test_messages_are_read_whatever_the_pieces(messages: list[Published], piece: int) -> None:
    stream = b"".join(map(said_by_amqtt, messages))
    reader, packets = PacketReader(), []
    for begin in range(0, len(stream), piece):
        packets += reader.read(stream[begin : begin + piece])

    assert [published(packet) for packet in packets] == messages
    assert b"".join(map(whole, packets)) == stream


@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_end_in_anything_but_packets_or_a_broken_stream(data: bytes, five: bool) -> None:
    with suppress(BrokenStreamError):
        for packet in PacketReader().read(data):
            published(packet, speaks_mqtt5=five)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=80), max_size=6), st.binary())
def test_what_mqtt_5_says_beside_a_message_is_passed_over(said: list[str], payload: bytes) -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.UserProperty = [("why", text) for text in said]
    packet = Packet(0x30, b"\x00\x01a" + properties.pack() + payload)  # type: ignore[no-untyped-call]

    assert published(packet, speaks_mqtt5=True) == Published("a", payload, False, 0, 0)


def test_a_packet_longer_than_allowed_is_not_waited_for() -> None:
    with pytest.raises(BrokenStreamError, match="600000 bytes"):
        PacketReader(512 * 1024).read(b"\x30\xc0\xcf\x24")


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x00\x05abc", b"\x00\x03abc\x00"])
def test_a_message_that_is_cut_short_is_none(body: bytes) -> None:
    with pytest.raises(BrokenStreamError):
        published(Packet(0x32, body))


def test_an_acknowledgement_names_its_message() -> None:
    assert acknowledgement(0x1234) == b"\x40\x02\x12\x34"
