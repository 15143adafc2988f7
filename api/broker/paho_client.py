"""A paho client as the link needs it: whose, where, and what it asks of the broker."""

import ssl

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from api.broker.provider import MAX_PACKET_BYTES, BrokerAddress

_KEEP_ALIVE_S = 20
_RECEIVE_MAXIMUM = 4_000  # several batches: the next arrives while one is committed
_SESSION_KEPT_S = 3600
_IN_FLIGHT = 50  # of what we say, before the broker has acknowledged any of it
_MOST_WAITING = 10_000  # of what we say; more is refused


def new_client(address: BrokerAddress, client_id: str, *, keeps_session: bool) -> mqtt.Client:
    """Return a client that knows whom to call, and has not called yet."""
    five = address.speaks_mqtt5
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if five else not keeps_session,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,  # its owner calls again, and without stopping an event loop
        manual_ack=True,
    )
    client.username_pw_set(address.username, address.password)
    client.max_inflight_messages_set(_IN_FLIGHT)
    client.max_queued_messages_set(_MOST_WAITING)
    if address.tls_ca is not None:
        client.tls_set(ca_certs=str(address.tls_ca), tls_version=ssl.PROTOCOL_TLS_CLIENT)
    where = (address.host, address.port, _KEEP_ALIVE_S)
    if five:
        wishes = _wishes(keeps_session=keeps_session)
        client.connect_async(*where, clean_start=not keeps_session, properties=wishes)
    else:
        client.connect_async(*where)
    return client


def _wishes(*, keeps_session: bool) -> Properties:
    wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wishes.SessionExpiryInterval = _SESSION_KEPT_S if keeps_session else 0
    wishes.ReceiveMaximum = _RECEIVE_MAXIMUM
    wishes.MaximumPacketSize = MAX_PACKET_BYTES
    return wishes
