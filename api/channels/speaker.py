"""A connection to the broker that only speaks. It is made when there is first something to say."""

import asyncio
import ssl
import threading
import time
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from api.broker.provider import BrokerAddress

_KEEP_ALIVE_S = 20


class BrokerSpeaker:
    """Says things as the server's own user; the connection comes back by itself."""

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._connected = threading.Event()
        self._client: mqtt.Client | None = None

    async def say(self, topic: str, payload: bytes, *, within_s: float) -> bool:
        """Publish with QoS 1; whether the broker has acknowledged it in time.

        False also if it may still arrive: whoever listens must know a repeat by its id.
        """
        self._client = self._client or self._started()
        return await asyncio.to_thread(self._said, self._client, topic, payload, within_s)

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    def _said(self, client: mqtt.Client, topic: str, payload: bytes, within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        # What paho is given without a connection it sends later, and calls a failure now.
        if not self._connected.wait(within_s):
            return False
        sent = client.publish(topic, payload, qos=1)
        try:
            sent.wait_for_publish(max(0.0, deadline - time.monotonic()))
            return sent.is_published()
        except (RuntimeError, ValueError):  # the connection broke, or paho's queue is full
            return False

    def _started(self) -> mqtt.Client:
        client = new_client(self._address)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.connect_async(self._address.host, self._address.port, _KEEP_ALIVE_S)
        client.loop_start()
        return client

    # ---- below: called in paho's thread

    def _on_connect(self, _: mqtt.Client, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        if not reason.is_failure:
            self._connected.set()

    def _on_disconnect(self, _: mqtt.Client, __: Any, ___: Any, ____: Any, _____: Any) -> None:
        self._connected.clear()


def new_client(address: BrokerAddress) -> mqtt.Client:
    """Return a client that comes in as the server's own user, not connected yet."""
    five = address.speaks_mqtt5
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
    )
    client.username_pw_set(address.username, address.password)
    client.reconnect_delay_set(min_delay=1, max_delay=30)
    client.max_queued_messages_set(1_000)
    if address.tls_ca is not None:
        client.tls_set(ca_certs=str(address.tls_ca), tls_version=ssl.PROTOCOL_TLS_CLIENT)
    return client
