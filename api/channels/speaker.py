"""A connection to the broker that only speaks. It is made when there is first something to say."""

import asyncio
import ssl

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from api.broker.provider import BrokerAddress

_KEEP_ALIVE_S = 20


class BrokerSpeaker:
    """Says things as the server's own user; the connection comes back by itself."""

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._client: mqtt.Client | None = None

    async def say(self, topic: str, payload: bytes, *, within_s: float) -> bool:
        """Publish with QoS 1; whether the broker has acknowledged it in time.

        False also if it may still arrive: whoever listens must know a repeat by its id.
        """
        client = self._client = self._client or _started(self._address)
        return await asyncio.to_thread(_said, client, topic, payload, within_s)

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()


def _started(address: BrokerAddress) -> mqtt.Client:
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
    client.connect_async(address.host, address.port, _KEEP_ALIVE_S)
    client.loop_start()
    return client


def _said(client: mqtt.Client, topic: str, payload: bytes, within_s: float) -> bool:
    # Queued by paho while the connection is being made.
    sent = client.publish(topic, payload, qos=1)
    try:
        sent.wait_for_publish(within_s)
        return sent.is_published()
    except (RuntimeError, ValueError):
        return False
