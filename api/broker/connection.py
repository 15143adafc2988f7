"""The server's connection to a broker, that comes back by itself: a batch at a time."""

import asyncio
import logging
import ssl
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, Self

from api.broker.conversation import Conversation
from api.broker.hand_over import Offered, Voice
from api.broker.provider import BrokerAddress
from api.broker.wire import Published, Wishes
from edge_agent.contracts.topics import EVERYTHING

_log = logging.getLogger(__name__)
_KEEP_ALIVE_S = 20
_MAX_WAITING = 20_000  # messages; more are dropped unacknowledged, and their stations send again
_RECEIVE_MAXIMUM = 4_000  # several batches: the next arrives while one is committed
_SESSION_KEPT_S = 3600
_ADMITTED_WITHIN_S = 10.0
_COMES_BACK_AFTER_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)


class Arrived(NamedTuple):
    """One message as the broker handed it over; `generation` tells our connections apart."""

    topic: str
    payload: bytes
    retained: bool  # an old message replayed because we subscribed
    qos: int
    packet_id: int
    generation: int
    voice: Voice | None = None  # whose, if it came the short way


class Connection:
    """One MQTT connection that comes back by itself. Messages are acknowledged by hand."""

    def __init__(self, address: BrokerAddress, *, client_id: str, share: str | None = None) -> None:
        self._address = address
        self._share = share
        self._wishes = Wishes(
            client_id=client_id,
            username=address.username,
            password=address.password,
            keep_alive_s=_KEEP_ALIVE_S,
            keeps_session=share is None and bool(client_id),
            session_kept_s=_SESSION_KEPT_S if share is None else 0,
            receive_maximum=_RECEIVE_MAXIMUM,
        )
        self._conversation: Conversation | None = None
        self._waiting: deque[Arrived] = deque()
        self._something = asyncio.Event()
        self._generation = 0
        self._trouble = ""
        self.subscribed = threading.Event()
        self.dropped = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, address: BrokerAddress, *, client_id: str, share: str | None = None
    ) -> AsyncIterator[Self]:
        """Connect, and stay connected while the context lasts. Does not wait for the broker."""
        connection = cls(address, client_id=client_id, share=share)
        staying = asyncio.create_task(connection._stay_connected())
        try:
            yield connection
        finally:
            staying.cancel()
            with suppress(asyncio.CancelledError):
                await staying

    @property
    def is_connected(self) -> bool:
        """Whether the broker answers at the moment."""
        return self._conversation is not None and self._conversation.is_open

    @property
    def generation(self) -> int:
        """How often we have called the broker; another number is another connection."""
        return self._generation

    async def batch(self, *, at_most: int, gather_s: float, within_s: float) -> list[Arrived]:
        """Wait for messages; return those that came within `gather_s` of the first.

        Nothing for `within_s` gives an empty batch.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._something.wait()
        if self._waiting and len(self._waiting) < at_most:
            await asyncio.sleep(gather_s)
        batch = [self._waiting.popleft() for _ in range(min(at_most, len(self._waiting)))]
        if not self._waiting:
            self._something.clear()
        return batch

    def acknowledge(self, arrived: Arrived) -> None:
        """Tell the broker that it may forget a message.

        Not after a reconnect: by then its packet id may be that of another message.
        """
        if arrived.voice is not None:
            if arrived.qos > 0 and self._address.hand_over is not None:
                self._address.hand_over.acknowledge(arrived.voice, arrived.packet_id)
            return
        current = arrived.qos > 0 and arrived.generation == self._generation
        if current and self._conversation is not None:
            self._conversation.acknowledge(arrived.packet_id)

    def let_go(self, arrived: Arrived) -> None:
        """Let a sender go on whose message was not kept: without a receipt it says it again.

        A broker that is not ours keeps the message until we call anew.
        """
        if arrived.voice is not None:
            self.acknowledge(arrived)

    def publish(self, topic: str, payload: bytes, *, qos: int, retained: bool = False) -> None:
        """Say something; forgotten if the broker is not there."""
        if self._conversation is not None and self._conversation.is_open:
            self._conversation.publish(topic, payload, qos=qos, retained=retained)

    async def publish_surely(
        self, topic: str, payload: bytes, *, within_s: float, retained: bool = False
    ) -> bool:
        """Say something with QoS 1; whether the broker has acknowledged it in time."""
        if self._conversation is None or not self._conversation.is_open:
            return False
        answer = self._conversation.ask(topic, payload, retained=retained)
        try:
            async with asyncio.timeout(within_s):
                return not await answer
        except TimeoutError:
            return False

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            try:
                let_in, trouble = await self._converse()
            except OSError as error:
                let_in, trouble = False, f"nothing answers: {str(error) or 'not in time'}"
            self._say(trouble)
            failures = 0 if let_in else failures + 1
            await asyncio.sleep(_COMES_BACK_AFTER_S[min(failures, len(_COMES_BACK_AFTER_S) - 1)])

    async def _converse(self) -> tuple[bool, str]:
        """Connect once, until it ends; return whether the broker let us in, and what ended it.

        Raises:
            OSError: nothing listens there, or it does not answer in time.
        """
        address = self._address
        # Before the first message, which may come in one piece with the broker's welcome.
        self._generation += 1
        conversation = Conversation(self._wishes, self._on_message, five=address.speaks_mqtt5)
        try:
            async with asyncio.timeout(_ADMITTED_WITHIN_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: conversation, address.host, address.port, ssl=_trusting(address)
                )
                if why_not := await conversation.admitted:
                    return False, f"the broker does not let us in: {why_not}"
            self._conversation = conversation
            self._say("")
            await self._hear_everything(conversation)
            return True, f"the connection to the broker broke: {await conversation.ended}"
        finally:
            self._listen(None)
            conversation.close()

    async def _hear_everything(self, conversation: Conversation) -> None:
        shared = self._share is not None
        wanted = f"$share/{self._share}/{EVERYTHING}" if shared else EVERYTHING
        if why_not := await conversation.subscribe(wanted, no_local=not shared):
            self._say(f"the broker does not let us hear the stations: {why_not}")
        else:
            self._listen(self._on_offer)
            self.subscribed.set()

    def _listen(self, listener: Callable[[Offered], None] | None) -> None:
        if self._address.hand_over is not None:
            self._address.hand_over.listen(listener)

    def _on_message(self, message: Published) -> None:
        self._keep(Arrived(*message, self._generation))

    def _on_offer(self, offered: Offered) -> None:
        self._keep(Arrived(*offered.message, self._generation, offered.voice))

    def _keep(self, arrived: Arrived) -> None:
        if len(self._waiting) >= _MAX_WAITING:
            self.dropped += 1
            self.let_go(arrived)
            return
        self._waiting.append(arrived)
        self._something.set()

    def _say(self, trouble: str) -> None:
        """Log a change once: broke, and recovered."""
        if trouble and trouble != self._trouble:
            _log.warning("%s (%s:%s)", trouble, self._address.host, self._address.port)
        elif not trouble:
            _log.info("connected to the broker at %s:%s", self._address.host, self._address.port)
        self._trouble = trouble


def _trusting(address: BrokerAddress) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=address.tls_ca) if address.tls_ca else None
