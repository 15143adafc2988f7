"""The server's connection to a broker: paho in its thread, a batch at a time for our loop."""

import asyncio
import logging
import ssl
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from api.broker.provider import MAX_PACKET_BYTES, BrokerAddress
from edge_agent.contracts.topics import EVERYTHING

_log = logging.getLogger(__name__)
_KEEP_ALIVE_S = 20
_MAX_WAITING = 20_000  # messages; more are dropped unacknowledged, and their stations send again
_RECEIVE_MAXIMUM = 4_000  # several batches: the next arrives while one is committed
_SESSION_KEPT_S = 3600


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as the broker handed it over; `generation` counts our connections."""

    topic: str
    payload: bytes
    retained: bool  # an old message replayed because we subscribed
    qos: int
    packet_id: int
    generation: int


class Connection:
    """One MQTT connection that comes back by itself. Messages are acknowledged by hand."""

    def __init__(self, address: BrokerAddress, *, client_id: str, share: str | None = None) -> None:
        self._address = address
        self._share = share
        self._client = _new_client(address, client_id, keeps_session=share is None)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Arrived] = deque()
        self._something = asyncio.Event()
        self._lock = threading.Lock()
        self._wake_asked = False
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
        connection._start()
        try:
            yield connection
        finally:
            await asyncio.to_thread(connection._stop)

    @property
    def is_connected(self) -> bool:
        """Whether the broker answers at the moment."""
        return self._client.is_connected()

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
        with self._lock:
            count = min(at_most, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            if not self._waiting:
                self._something.clear()
        return batch

    def acknowledge(self, arrived: Arrived) -> None:
        """Tell the broker that it may forget a message.

        Not after a reconnect: by then its packet id may be that of another message.
        """
        if arrived.qos > 0 and arrived.generation == self._generation:
            self._client.ack(arrived.packet_id, arrived.qos)

    def publish(self, topic: str, payload: bytes, *, qos: int, retained: bool = False) -> None:
        """Say something; forgotten if the broker is not there."""
        if self.is_connected:
            self._client.publish(topic, payload, qos=qos, retain=retained)

    async def publish_surely(
        self, topic: str, payload: bytes, *, within_s: float, retained: bool = False
    ) -> bool:
        """Say something with QoS 1; whether the broker has acknowledged it in time."""
        if not self.is_connected:
            return False
        sent = self._client.publish(topic, payload, qos=1, retain=retained)
        try:
            await asyncio.to_thread(sent.wait_for_publish, within_s)
        except (RuntimeError, ValueError):  # the connection broke, or paho's queue is full
            return False
        return sent.is_published()

    def _start(self) -> None:
        where = (self._address.host, self._address.port, _KEEP_ALIVE_S)
        if self._address.speaks_mqtt5:
            keeps = self._share is None
            self._client.connect_async(
                *where, clean_start=not keeps, properties=_wishes(keeps_session=keeps)
            )
        else:
            self._client.connect_async(*where)
        self._client.loop_start()

    def _stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    # ---- below: called in paho's thread

    def _on_connect(self, client: mqtt.Client, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            self._say(f"the broker does not let us in: {reason}")
            return
        with self._lock:
            self._generation += 1
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
        self.subscribed.set()

    def _on_disconnect(self, _: mqtt.Client, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        if reason.is_failure:
            self._say(f"the connection to the broker broke: {reason}")

    def _on_message(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        arrived = Arrived(
            topic=_topic_of(message),
            payload=bytes(message.payload),
            retained=message.retain,
            qos=message.qos,
            packet_id=message.mid,
            generation=self._generation,
        )
        with self._lock:
            if len(self._waiting) >= _MAX_WAITING:
                self.dropped += 1
                return
            self._waiting.append(arrived)
            asked, self._wake_asked = self._wake_asked, True
        if not asked:
            with suppress(RuntimeError):  # our loop has ended, nobody waits
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        with self._lock:
            self._wake_asked = False
        self._something.set()

    def _say(self, trouble: str) -> None:
        """Log a change once: broke, and recovered."""
        if trouble and trouble != self._trouble:
            _log.warning("%s (%s:%s)", trouble, self._address.host, self._address.port)
        elif not trouble:
            _log.info("connected to the broker at %s:%s", self._address.host, self._address.port)
        self._trouble = trouble


def _new_client(address: BrokerAddress, client_id: str, *, keeps_session: bool) -> mqtt.Client:
    five = address.speaks_mqtt5
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if five else not keeps_session,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    client.username_pw_set(address.username, address.password)
    client.reconnect_delay_set(min_delay=1, max_delay=30)
    client.max_inflight_messages_set(50)
    client.max_queued_messages_set(10_000)
    if address.tls_ca is not None:
        client.tls_set(ca_certs=str(address.tls_ca), tls_version=ssl.PROTOCOL_TLS_CLIENT)
    return client


def _wishes(*, keeps_session: bool) -> Properties:
    wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wishes.SessionExpiryInterval = _SESSION_KEPT_S if keeps_session else 0
    wishes.ReceiveMaximum = _RECEIVE_MAXIMUM
    wishes.MaximumPacketSize = MAX_PACKET_BYTES
    return wishes


def _topic_of(message: mqtt.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return "(a topic that is no UTF-8)"
