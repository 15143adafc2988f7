"""MQTT as bytes, as far as the many messages of stations take a short way.

To the embedded broker, before amqtt reads them (`station_reader.py`), and from any other broker,
before paho does (`paho_client.py`): the stream cut into packets, a PUBLISH read, a PUBACK written.
Whoever connects to a broker does so through paho.
"""

from enum import IntEnum
from typing import NamedTuple

from api.broker.provider import MAX_PACKET_BYTES


class Kind(IntEnum):
    """What a packet is: the upper half of its first byte."""

    PUBLISH = 3


class BrokenStreamError(Exception):
    """What came is not MQTT, or more than is allowed: the connection cannot go on."""


class Packet(NamedTuple):
    """One packet: its first byte, and all that follows its length."""

    first: int
    body: bytes

    @property
    def kind(self) -> int:
        """Which of the sixteen it is; see `Kind`."""
        return self.first >> 4


class Published(NamedTuple):
    """One message as a client said it. `packet_id` is 0 at QoS 0."""

    topic: str
    payload: bytes
    retained: bool
    qos: int
    packet_id: int


class PacketReader:
    """Cuts what arrives into packets, whatever the pieces."""

    def __init__(self, most_bytes: int = MAX_PACKET_BYTES) -> None:
        self._rest = b""
        self._most_bytes = most_bytes

    def read(self, data: bytes) -> list[Packet]:
        """Return the packets that are complete now.

        Raises:
            BrokenStreamError: a length that no packet has, or one that is too long.
        """
        data = self._rest + data if self._rest else data
        packets, begin, end = [], 0, len(data)
        while end - begin >= 2:
            length, body = data[begin + 1], begin + 2
            if length > 127:
                found = _length_at(data, begin + 1)
                if found is None:
                    break
                length, body = found
            if length > self._most_bytes:
                raise BrokenStreamError(f"a packet of {length} bytes")
            if body + length > end:
                break
            packets.append(Packet(data[begin], data[body : body + length]))
            begin = body + length
        self._rest = data[begin:]
        return packets


def published(packet: Packet, *, speaks_mqtt5: bool = False) -> Published:
    """Read a PUBLISH; what MQTT 5 says of a message beside it is passed over.

    Raises:
        BrokenStreamError: it is cut short, or has a QoS that MQTT does not know.
    """
    first, body = packet
    topic_end = 2 + int.from_bytes(body[:2], "big")
    qos = first >> 1 & 3
    begin = topic_end + 2 if qos else topic_end
    if begin > len(body) or len(body) < 2 or qos == 3:
        raise BrokenStreamError("a message that is cut short")
    packet_id = int.from_bytes(body[topic_end:begin], "big")
    if speaks_mqtt5:
        begin = _after_properties(body, begin)
    return Published(_text_of(body[2:topic_end]), body[begin:], bool(first & 1), qos, packet_id)


def acknowledgement(packet_id: int) -> bytes:
    """Return a PUBACK."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def whole(packet: Packet) -> bytes:
    """Return a packet as it came."""
    return bytes([packet.first]) + _length(len(packet.body)) + packet.body


def _after_properties(body: bytes, at: int) -> int:
    found = _length_at(body, at)
    if found is None or sum(found) > len(body):
        raise BrokenStreamError("a message that is cut short")
    return sum(found)


def _length_at(data: bytes, at: int) -> tuple[int, int] | None:
    """Return a length and where what it measures begins; None if more must come first.

    Raises:
        BrokenStreamError: longer than four bytes.
    """
    length = 0
    for place in range(4):
        if at + place >= len(data):
            return None
        digit = data[at + place]
        length |= (digit & 0x7F) << (7 * place)
        if digit < 0x80:
            return length, at + place + 1
    raise BrokenStreamError("a length of more than four bytes")


def _length(length: int) -> bytes:
    digits = bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        digits.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(digits)


def _text_of(encoded: bytes) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        return "(a topic that is no UTF-8)"
