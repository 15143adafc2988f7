"""The server's connection to a broker: paho, driven by our event loop, a batch at a time."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from api.broker.driver import Driver
from api.broker.hand_over import Listener, Offered, Voice
from api.broker.packets import Published
from api.broker.paho_client import new_client
from api.broker.provider import BrokerAddress
from edge_agent.contracts.topics import EVERYTHING

_log = logging.getLogger(__name__)
_MAX_WAITING = 20_000  # messages; more are dropped unacknowledged, and their stations send again
_COMES_BACK_AFTER_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)


class Arrived(NamedTuple):
    """One message as the broker handed it over; `generation` counts our connections."""

    topic: str
    payload: bytes
    retained: bool  # an old message replayed because we subscribed
    qos: int
    packet_id: int
    generation: int
    voice: Voice | None = None  # whose, if it came the short way


class Connection:
    """One MQTT connection that comes back by itself. Messages are acknowledged by hand.

    Belongs to one event loop, in which all of paho's callbacks are called.
    """

    def __init__(self, address: BrokerAddress, *, client_id: str, share: str | None = None) -> None:
        self._address = address
        self._share = share
        self._client = new_client(address, client_id, keeps_session=share is None)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_published = self._on_published
        self._client.on_publish = self._on_publish
        self._driver = Driver(self._client, on_end=self._on_end)
        self._waiting: deque[Arrived] = deque()
        self._something = asyncio.Event()
        self._answers: dict[int, asyncio.Future[bool]] = {}  # by packet id: has the broker it?
        self._leaving = asyncio.Event()
        self._let_in = False
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
            connection._leaving.set()
            connection._driver.hang_up()
            await staying

    @property
    def is_connected(self) -> bool:
        """Whether the broker answers at the moment."""
        return self._let_in

    @property
    def generation(self) -> int:
        """How often the broker has let us in; another number is another connection."""
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

    def acknowledge(self, batch: Sequence[Arrived]) -> None:
        """Tell the broker that it may forget these messages.

        Not after a reconnect: by then a packet id may be that of another message.
        """
        came_short = [(each.voice, each.packet_id) for each in batch if each.voice and each.qos]
        if came_short and self._address.hand_over is not None:
            self._address.hand_over.acknowledge(came_short)
        ours = [
            each.packet_id
            for each in batch
            if each.voice is None and each.qos and each.generation == self._generation
        ]
        if ours and self._let_in:
            self._client.acknowledge(ours)

    def let_go(self, batch: Sequence[Arrived]) -> None:
        """Let senders go on whose messages were not kept: without a receipt they say them again.

        A broker that is not ours keeps the messages until we call anew.
        """
        self.acknowledge([each for each in batch if each.voice is not None])

    def publish(self, topic: str, payload: bytes, *, qos: int, retained: bool = False) -> None:
        """Say something; forgotten if the broker is not there."""
        if self._let_in:
            self._client.publish(topic, payload, qos=qos, retain=retained)

    async def publish_surely(
        self, topic: str, payload: bytes, *, within_s: float, retained: bool = False
    ) -> bool:
        """Say something with QoS 1; whether the broker has acknowledged it in time."""
        if not self._let_in:
            return False
        sent = self._client.publish(topic, payload, qos=1, retain=retained)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:  # paho's queue is full
            return False
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._answers[sent.mid] = answer
        try:
            async with asyncio.timeout(within_s):
                return await answer
        except TimeoutError:
            return False
        finally:
            if self._answers.get(sent.mid) is answer:
                del self._answers[sent.mid]

    async def _stay_connected(self) -> None:
        failures = 0
        while not self._leaving.is_set():
            before = self._generation
            try:
                await self._driver.converse(self._leaving)
            except OSError as error:
                self._say(f"nothing answers: {error}")
            except Exception:  # noqa: BLE001 - the top of a worker's loop
                _log.exception("calling the broker failed")
            failures = 0 if self._generation > before else failures + 1
            pause_s = _COMES_BACK_AFTER_S[min(failures, len(_COMES_BACK_AFTER_S) - 1)]
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._leaving.wait()

    # ---- below: called by the driver and by paho, in our loop

    def _on_connect(self, client: mqtt.Client, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            self._say(f"the broker does not let us in: {reason}")
            return
        self._generation += 1
        self._let_in = True
        if self._share is not None:
            client.subscribe(f"$share/{self._share}/{EVERYTHING}", qos=1)
        elif self._address.speaks_mqtt5:
            client.subscribe(EVERYTHING, options=SubscribeOptions(qos=1, noLocal=True))
        else:
            client.subscribe(EVERYTHING, qos=1)
        self._say("")

    def _on_subscribe(self, _: mqtt.Client, __: Any, ___: int, reasons: Any, ____: Any) -> None:
        refused = [reason for reason in reasons if reason.is_failure]
        if refused:
            self._say(f"the broker does not let us hear the stations: {refused[0]}")
            return
        self._listen(self._on_offer)
        self.subscribed.set()

    def _on_disconnect(self, _: mqtt.Client, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        if reason.is_failure and self._trouble == "":
            self._say(f"the connection to the broker broke: {reason}")

    def _on_end(self) -> None:
        self._let_in = False
        self._listen(None)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result(False)

    def _on_publish(self, _: mqtt.Client, __: Any, packet_id: int, reason: Any, ___: Any) -> None:
        answer = self._answers.get(packet_id)
        if answer is not None and not answer.done():
            answer.set_result(not reason.is_failure)

    def _on_published(self, message: Published) -> None:
        self._keep(Arrived(*message, self._generation))

    def _on_offer(self, offered: Offered) -> None:
        self._keep(Arrived(*offered.message, self._generation, offered.voice))

    # ---- below: our own

    def _keep(self, arrived: Arrived) -> None:
        if len(self._waiting) >= _MAX_WAITING:
            self.dropped += 1
            self.let_go([arrived])
            return
        self._waiting.append(arrived)
        self._something.set()

    def _listen(self, listener: Listener | None) -> None:
        if self._address.hand_over is not None:
            self._address.hand_over.listen(listener)

    def _say(self, trouble: str) -> None:
        """Log a change once: broke, and recovered."""
        if trouble and trouble != self._trouble:
            _log.warning("%s (%s:%s)", trouble, self._address.host, self._address.port)
        elif not trouble:
            _log.info("connected to the broker at %s:%s", self._address.host, self._address.port)
        self._trouble = trouble
