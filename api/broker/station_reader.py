"""What the embedded broker's clients send, packet by packet, before amqtt sees it."""

import asyncio
from collections import deque
from contextvars import ContextVar

from amqtt.adapters import ReaderAdapter

from api.broker.access import may_publish
from api.broker.hand_over import HandOver, Voice
from api.broker.packets import BrokenStreamError, Kind, Packet, PacketReader, published, whole
from edge_agent.contracts.topics import DETECTIONS, HEALTH, MEDIA, SAMPLES, address_of

LET_IN_WITHIN_S = 10.0
_CHUNK_BYTES = 64 * 1024
# What stations say often, and what nobody but the link hears.
_SHORT_WAY = frozenset({DETECTIONS, MEDIA, SAMPLES, HEALTH})
_RETAINED = 1

# amqtt authenticates a client in the task in which it was called: so the plug-in finds its voice.
THIS_VOICE: ContextVar[Voice | None] = ContextVar("trunkline_voice", default=None)


class StationReader(ReaderAdapter):  # type: ignore[misc]
    """Hands sightings over to the link, and the rest to amqtt.

    Ends a connection that asks for too much, or says nothing for too long: amqtt reads packets of
    up to 256 MB, waits for ever for the rest of the first, and does nothing when a client is silent
    beyond its keep-alive: a station without power would stay online for ever.
    """

    def __init__(self, reader: asyncio.StreamReader, voice: Voice, hand_over: HandOver) -> None:
        self._reader = reader
        self._voice = voice
        self._hand_over = hand_over
        self._packets = PacketReader()
        self._came: deque[Packet] = deque()
        self._for_amqtt = b""
        self._let_in_by = asyncio.get_running_loop().time() + LET_IN_WITHIN_S
        self._silences = 0
        self._ended = False

    async def read(self, n: int = -1) -> bytes:
        """Read exactly n bytes, or find the stream ended."""
        while len(self._for_amqtt) < n:
            # One by one: who a client is, amqtt knows only when it has read the packet before.
            if self._came:
                packet = self._came.popleft()
                if not self._is_handed_over(packet):
                    self._for_amqtt += whole(packet)
            else:
                await self._hear()
        data, self._for_amqtt = self._for_amqtt[:n], self._for_amqtt[n:]
        return data

    def feed_eof(self) -> None:
        """Let the stream end here."""
        self._reader.feed_eof()

    def _is_handed_over(self, packet: Packet) -> bool:
        user = self._voice.user
        if packet.kind != Kind.PUBLISH or packet.first & _RETAINED or user is None:
            return False
        try:
            message = published(packet)
        except BrokenStreamError:
            return False  # amqtt knows what to do with it
        address = address_of(message.topic)
        if address is None or address.topic not in _SHORT_WAY or message.qos > 1:
            return False
        return may_publish(user, message.topic) and self._hand_over.offer(message, self._voice)

    async def _hear(self) -> None:
        if self._ended or self._silences > 1:
            self._end()
        try:
            async with asyncio.timeout_at(self._let_in_by if self._voice.user is None else None):
                data = await self._reader.read(_CHUNK_BYTES)
        except TimeoutError:
            self._end()
        except asyncio.CancelledError:
            self._silences += 1  # amqtt gave up waiting after one keep-alive, and will ask again
            raise
        if not data:
            self._end()
        self._silences = 0
        try:
            self._came.extend(self._packets.read(data))
        except BrokenStreamError:
            self._end()
        await asyncio.sleep(0)  # a client that never stops is not the only one

    def _end(self) -> None:
        self._ended = True
        raise asyncio.IncompleteReadError(b"", None)
