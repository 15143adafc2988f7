"""The short way: what stations say to the embedded broker goes to the link of the same process.

The broker would sort each message, send it through a socket to our own link, and wait for its
acknowledgement: four times what the message costs otherwise. Here it is handed over as it comes,
and its sender gets the broker's acknowledgement when the link gives it: after the commit.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple
from weakref import WeakSet

from api.broker.access import BrokerUser
from api.broker.packets import Published, acknowledgement


class Voice:
    """One client's connection to the embedded broker. `user` is who was let in through it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.user: BrokerUser | None = None
        self._writer = writer
        self._unanswered = 0

    def said_something(self) -> None:
        """Remember that an answer is owed."""
        self._unanswered += 1

    def answer(self, packet_ids: list[int]) -> None:
        """Acknowledge these messages."""
        self._unanswered -= len(packet_ids)
        if not self._writer.is_closing():
            self._writer.write(b"".join(map(acknowledgement, packet_ids)))

    def hang_up(self) -> None:
        """End the connection if an answer is owed: it comes back, and says it again."""
        if self._unanswered:
            self._writer.close()


class Offered(NamedTuple):
    """A message on the short way, and who said it."""

    message: Published
    voice: Voice


Listener = Callable[[Offered], None]


class HandOver:
    """Between the broker's thread and the link's loop. With nobody listening, nothing is taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._voices: WeakSet[Voice] = WeakSet()  # of the broker's thread
        self._broker_loop: asyncio.AbstractEventLoop | None = None
        self._link_loop: asyncio.AbstractEventLoop | None = None
        self._listener: Listener | None = None
        self._offered: list[Offered] = []
        self._answers: list[tuple[Voice, int]] = []

    # ---- the broker's thread

    def new_voice(self, writer: asyncio.StreamWriter) -> Voice:
        """Return the voice of a client that has just called."""
        self._broker_loop = asyncio.get_running_loop()
        voice = Voice(writer)
        self._voices.add(voice)
        return voice

    def offer(self, message: Published, voice: Voice) -> bool:
        """Hand a message to the link; False if nobody takes it."""
        with self._lock:
            if self._listener is None or self._link_loop is None:
                return False
            is_first = not self._offered
            self._offered.append(Offered(message, voice))
            link_loop = self._link_loop
        if message.qos:
            voice.said_something()
        if is_first:
            _call(link_loop, self._hand_over)
        return True

    def _answer(self) -> None:
        with self._lock:
            answers, self._answers = self._answers, []
        by_voice: dict[Voice, list[int]] = {}
        for voice, packet_id in answers:
            by_voice.setdefault(voice, []).append(packet_id)
        for voice, packet_ids in by_voice.items():
            voice.answer(packet_ids)

    def _hang_up(self) -> None:
        for voice in tuple(self._voices):
            voice.hang_up()

    # ---- the link's loop

    def listen(self, listener: Listener | None) -> None:
        """Take what comes from now on; None: no more, and who waits for an answer calls again."""
        with self._lock:
            self._link_loop = asyncio.get_running_loop()
            self._listener = listener
            if listener is None:
                self._offered.clear()
        if listener is None and self._broker_loop is not None:
            _call(self._broker_loop, self._hang_up)

    def acknowledge(self, answers: Sequence[tuple[Voice, int]]) -> None:
        """Let senders forget messages, each named by its voice and packet id."""
        with self._lock:
            is_first = not self._answers
            self._answers += answers
        if is_first and self._broker_loop is not None:
            _call(self._broker_loop, self._answer)

    def _hand_over(self) -> None:
        with self._lock:
            offered, self._offered = self._offered, []
            listener = self._listener
        if listener is not None:
            for each in offered:
                listener(each)


def _call(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(work)
    except RuntimeError:  # it has ended, and nobody waits
        return
