"""MQTT as bytes: the packets that a client which only hears at QoS 0 and 1 needs; 3.1.1 and 5.

Written out because a general client library reads and acknowledges each message by itself, which
costs more than all that the message causes; see docs/decisions/0011-our-side-of-mqtt.md.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from api.broker.provider import MAX_PACKET_BYTES

RECEIVE_MAXIMUM, SERVER_KEEP_ALIVE = 0x21, 0x13
PING, DISCONNECT = b"\xc0\x00", b"\xe0\x00"

_SESSION_EXPIRY, _MAXIMUM_PACKET = 0x11, 0x27
_BYTE = frozenset({0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A})
_TWO_BYTES = frozenset({0x13, 0x21, 0x22, 0x23})
_FOUR_BYTES = frozenset({0x02, 0x11, 0x18, 0x27})
_TEXT = frozenset({0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F})
_TWO_TEXTS, _VARIABLE = 0x26, 0x0B
_REFUSALS = {
    1: "it does not speak this version of MQTT",
    2: "our client id is not allowed",
    3: "it is not available",
    4: "bad user name or password",
    5: "not authorised",
    0x84: "it does not speak this version of MQTT",
    0x85: "our client id is not allowed",
    0x86: "bad user name or password",
    0x87: "not authorised",
    0x88: "it is not available",
    0x89: "it is busy",
    0x8A: "we are banned",
    0x8E: "another client took our name",
    0x9C: "it asks us to use another server",
}


class Kind(IntEnum):
    """What a packet is: the upper half of its first byte."""

    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBACK = 9
    PINGRESP = 13
    DISCONNECT = 14


class BrokenStreamError(Exception):
    """What came is not MQTT, or more than was asked for: the connection cannot go on."""


class Packet(NamedTuple):
    """One packet: its first byte, and all that follows its length."""

    first: int
    body: bytes

    @property
    def kind(self) -> int:
        """Which of the sixteen it is; see `Kind`."""
        return self.first >> 4


class Published(NamedTuple):
    """One message as a broker hands it over. `packet_id` is 0 at QoS 0."""

    topic: str
    payload: bytes
    retained: bool
    qos: int
    packet_id: int


class Wishes(NamedTuple):
    """What a client asks of a broker as it connects; the last two only MQTT 5 knows."""

    client_id: str
    username: str
    password: str
    keep_alive_s: int
    keeps_session: bool
    session_kept_s: int
    receive_maximum: int


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


def published(packet: Packet, *, five: bool) -> Published:
    """Read a PUBLISH.

    Raises:
        BrokenStreamError: it is cut short.
    """
    first, body = packet
    topic_end = 2 + int.from_bytes(body[:2], "big")
    qos = first >> 1 & 3
    begin, packet_id = topic_end, 0
    if qos:
        begin += 2
        packet_id = int.from_bytes(body[topic_end:begin], "big")
    if five:
        properties, begin = _length_in(body, begin)
        begin += properties
    if begin > len(body) or len(body) < 2 or qos == 3:
        raise BrokenStreamError("a message that is cut short")
    return Published(_text_of(body[2:topic_end]), body[begin:], bool(first & 1), qos, packet_id)


def refusal(packet: Packet, *, five: bool) -> str:
    """Read why a CONNACK, SUBACK, PUBACK or DISCONNECT says no; empty if it does not."""
    codes = _codes_of(packet, five=five)
    worst = max(codes, default=0)
    accepts = worst < 0x80 if packet.kind != Kind.CONNACK else worst == 0
    return "" if accepts else _REFUSALS.get(worst, f"reason {worst:#04x}")


def acknowledged_id(packet: Packet) -> int:
    """Return which of our packets a PUBACK or SUBACK answers."""
    return int.from_bytes(packet.body[:2], "big")


def promises(packet: Packet) -> dict[int, int]:
    """Return the numbers that a CONNACK of MQTT 5 tells, by property.

    Raises:
        BrokenStreamError: the properties are no properties.
    """
    told, (length, at) = {}, _length_in(packet.body, 2)
    end = at + length
    if end > len(packet.body):
        raise BrokenStreamError("properties that are cut short")
    while at < end:
        name, at = packet.body[at], at + 1
        size = _size_of(packet.body, name, at)
        told[name] = int.from_bytes(packet.body[at : at + size], "big") if size <= 4 else 0
        at += size
    return told


def connect(wishes: Wishes, *, five: bool) -> bytes:
    """Return a CONNECT."""
    flags = 0b1100_0000 | (0 if wishes.keeps_session else 0b10)
    version = 5 if five else 4
    body = _text("MQTT") + bytes([version, flags]) + wishes.keep_alive_s.to_bytes(2, "big")
    if five:
        properties = b"".join(
            (
                bytes([_SESSION_EXPIRY]) + wishes.session_kept_s.to_bytes(4, "big"),
                bytes([RECEIVE_MAXIMUM]) + wishes.receive_maximum.to_bytes(2, "big"),
                bytes([_MAXIMUM_PACKET]) + MAX_PACKET_BYTES.to_bytes(4, "big"),
            )
        )
        body += _length(len(properties)) + properties
    body += _text(wishes.client_id) + _text(wishes.username) + _text(wishes.password)
    return _packet(0x10, body)


def subscribe(packet_id: int, topic_filter: str, *, no_local: bool, five: bool) -> bytes:
    """Return a SUBSCRIBE for QoS 1; `no_local`: not what we say ourselves (MQTT 5)."""
    options = 1 | (0b100 if five and no_local else 0)
    head = packet_id.to_bytes(2, "big") + (b"\x00" if five else b"")
    return _packet(0x82, head + _text(topic_filter) + bytes([options]))


def publish(
    topic: str, payload: bytes, *, packet_id: int, retained: bool = False, five: bool
) -> bytes:
    """Return a PUBLISH: of QoS 1 if it has a packet id, of QoS 0 if that is 0."""
    first = 0x30 | (0b10 if packet_id else 0) | (1 if retained else 0)
    number = packet_id.to_bytes(2, "big") if packet_id else b""
    return _packet(first, _text(topic) + number + (b"\x00" if five else b"") + payload)


def acknowledgement(packet_id: int) -> bytes:
    """Return a PUBACK; the same in both versions."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def whole(packet: Packet) -> bytes:
    """Return a packet as it came."""
    return _packet(packet.first, packet.body)


def _codes_of(packet: Packet, *, five: bool) -> Iterable[int]:
    body = packet.body
    if packet.kind == Kind.CONNACK:
        return body[1:2]
    if packet.kind == Kind.SUBACK:
        begin = 2
        if five:
            length, begin = _length_in(body, 2)
            begin += length
        return body[begin:]
    return body[2:3] if packet.kind == Kind.PUBACK else body[:1]


def _size_of(body: bytes, name: int, at: int) -> int:
    if name in _BYTE:
        return 1
    if name in _TWO_BYTES:
        return 2
    if name in _FOUR_BYTES:
        return 4
    if name in _TEXT:
        return 2 + int.from_bytes(body[at : at + 2], "big")
    if name == _TWO_TEXTS:
        first = 2 + int.from_bytes(body[at : at + 2], "big")
        return first + 2 + int.from_bytes(body[at + first : at + first + 2], "big")
    if name == _VARIABLE:
        return _length_in(body, at)[1] - at
    raise BrokenStreamError(f"a property {name:#04x}, which MQTT does not have")


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


def _length_in(body: bytes, at: int) -> tuple[int, int]:
    found = _length_at(body, at)
    if found is None:
        raise BrokenStreamError("a packet that is cut short")
    return found


def _length(length: int) -> bytes:
    digits = bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        digits.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(digits)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _text_of(encoded: bytes) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError:
        return "(a topic that is no UTF-8)"


def _packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + _length(len(body)) + body
