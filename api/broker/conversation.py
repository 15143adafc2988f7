"""One connection to a broker, from its CONNECT to its end. Belongs to one event loop."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from api.broker import wire
from api.broker.wire import BrokenStreamError, Kind, Packet, Published, Wishes

_IN_FLIGHT = 50  # of what we say, before the broker has acknowledged any of it
_MOST_WAITING = 10_000  # of what we say; more is forgotten
_MOST_IDS = 65_535

Heard = Callable[[Published], None]


class Conversation(asyncio.Protocol):
    """Speaks MQTT once the transport is there. `heard` is called for each message.

    What is written in one turn of the loop goes out as one piece: a thousand acknowledgements cost
    as much as one.
    """

    def __init__(self, wishes: Wishes, heard: Heard, *, five: bool) -> None:
        loop = asyncio.get_running_loop()
        self.admitted: asyncio.Future[str] = loop.create_future()  # why not; empty: let in
        self.ended: asyncio.Future[str] = loop.create_future()  # why; empty: we ended it
        self._loop = loop
        self._wishes = wishes
        self._heard = heard
        self._five = five
        self._reader = wire.PacketReader()
        self._transport: asyncio.Transport | None = None
        self._going_out: list[bytes] = []
        self._answers: dict[int, asyncio.Future[str]] = {}  # by packet id; why not, or empty
        self._waiting: deque[tuple[str, bytes, bool, asyncio.Future[str]]] = deque()
        self._in_flight: set[int] = set()
        self._room = _IN_FLIGHT
        self._last_id = 0
        self._keep_alive_s = wishes.keep_alive_s
        self._heard_at = loop.time()
        self._alarm: asyncio.TimerHandle | None = None
        self._trouble = ""

    @property
    def is_open(self) -> bool:
        """Whether the broker has let us in, and nothing has ended since."""
        return self.admitted.done() and not self.admitted.result() and not self.ended.done()

    def subscribe(self, topic_filter: str, *, no_local: bool) -> asyncio.Future[str]:
        """Ask to hear a filter at QoS 1; the answer is empty, or says why not."""
        number, answer = self._question()
        self._write(wire.subscribe(number, topic_filter, no_local=no_local, five=self._five))
        return answer

    def publish(self, topic: str, payload: bytes, *, qos: int, retained: bool) -> None:
        """Say something and forget it."""
        if qos == 0:
            self._write(self._said(topic, payload, 0, retained=retained))
        else:
            self.ask(topic, payload, retained=retained)

    def ask(self, topic: str, payload: bytes, *, retained: bool) -> asyncio.Future[str]:
        """Say something with QoS 1; the answer is empty, or says why the broker has it not."""
        answer: asyncio.Future[str] = self._loop.create_future()
        if not self.is_open or len(self._waiting) >= _MOST_WAITING:
            answer.set_result("the broker is not there, or far too slow")
            return answer
        self._waiting.append((topic, payload, retained, answer))
        self._say_what_waits()
        return answer

    def acknowledge(self, packet_id: int) -> None:
        """Tell the broker that it may forget a message."""
        self._write(wire.acknowledgement(packet_id))

    def close(self) -> None:
        """Say goodbye; a last will stays untold."""
        if self._transport is not None and not self._transport.is_closing():
            self._write(wire.DISCONNECT)
            self._flush()
            self._transport.close()
        self._end("")

    # ---- below: called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Introduce ourselves."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        self._write(wire.connect(self._wishes, five=self._five))
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._heard_at = self._loop.time()
        try:
            for packet in self._reader.read(data):
                self._take(packet)
        except BrokenStreamError as error:
            self._give_up(f"the broker sent {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """Notice the end."""
        self._end(self._trouble or (str(exc) if exc else "the broker closed it"))

    # ---- below: our own

    def _take(self, packet: Packet) -> None:
        kind = packet.kind
        if kind == Kind.PUBLISH:
            self._heard(wire.published(packet, five=self._five))
        elif kind in (Kind.PUBACK, Kind.SUBACK):
            self._answered(wire.acknowledged_id(packet), wire.refusal(packet, five=self._five))
        elif kind == Kind.CONNACK:
            self._welcomed(packet)
        elif kind == Kind.DISCONNECT:
            reason = wire.refusal(packet, five=self._five)
            self._give_up(reason or "the broker said goodbye")

    def _welcomed(self, packet: Packet) -> None:
        why_not = wire.refusal(packet, five=self._five)
        if self._five and not why_not:
            promised = wire.promises(packet)
            self._room = max(1, min(_IN_FLIGHT, promised.get(wire.RECEIVE_MAXIMUM, _IN_FLIGHT)))
            self._keep_alive_s = promised.get(wire.SERVER_KEEP_ALIVE, self._keep_alive_s)
        if not self.admitted.done():
            self.admitted.set_result(why_not)

    def _answered(self, number: int, why_not: str) -> None:
        answer = self._answers.pop(number, None)
        self._in_flight.discard(number)
        if answer is not None and not answer.done():
            answer.set_result(why_not)
        self._say_what_waits()

    def _say_what_waits(self) -> None:
        while self._waiting and len(self._in_flight) < self._room:
            topic, payload, retained, answer = self._waiting.popleft()
            number, _ = self._question(answer)
            self._in_flight.add(number)
            self._write(self._said(topic, payload, number, retained=retained))

    def _said(self, topic: str, payload: bytes, packet_id: int, *, retained: bool) -> bytes:
        return wire.publish(topic, payload, packet_id=packet_id, retained=retained, five=self._five)

    def _question(
        self, answer: asyncio.Future[str] | None = None
    ) -> tuple[int, asyncio.Future[str]]:
        number = self._last_id % _MOST_IDS + 1
        while number in self._answers:
            number = number % _MOST_IDS + 1
        self._last_id = number
        return number, self._answers.setdefault(number, answer or self._loop.create_future())

    def _write(self, data: bytes) -> None:
        if not self._going_out:
            self._loop.call_soon(self._flush)
        self._going_out.append(data)

    def _flush(self) -> None:
        if self._going_out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._going_out))
        self._going_out.clear()

    def _watch(self) -> None:
        """Ping a quiet broker; give up one that stays quiet."""
        if self.ended.done():
            return
        quiet_s = self._loop.time() - self._heard_at
        if quiet_s > 1.5 * self._keep_alive_s:
            self._give_up("the broker has gone silent")
            return
        if self.is_open:
            self._write(wire.PING)
        self._alarm = self._loop.call_later(max(self._keep_alive_s / 2, 0.5), self._watch)

    def _give_up(self, trouble: str) -> None:
        self._trouble = self._trouble or trouble
        if self._transport is not None:
            self._transport.abort()
        self._end(self._trouble)

    def _end(self, why: str) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        if not self.ended.done():
            self.ended.set_result(why)
        if not self.admitted.done():
            self.admitted.set_result(why or "we went away")
        unanswered: Sequence[asyncio.Future[str]] = [
            *self._answers.values(),
            *(answer for *_, answer in self._waiting),
        ]
        self._answers.clear()
        self._waiting.clear()
        for answer in unanswered:
            if not answer.done():
                answer.set_result("the connection broke")
