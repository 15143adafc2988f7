"""A paho client as the link needs it: whose, where, and what it asks of the broker."""

import ssl
from collections.abc import Callable, Sequence

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MessageType, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from api.broker.packets import BrokenStreamError, Packet, Published, acknowledgement, published
from api.broker.provider import MAX_PACKET_BYTES, BrokerAddress

_KEEP_ALIVE_S = 20
_RECEIVE_MAXIMUM = 4_000  # several batches: the next arrives while one is committed
_SESSION_KEPT_S = 3600
_IN_FLIGHT = 50  # of what we say, before the broker has acknowledged any of it
_MOST_WAITING = 10_000  # of what we say; more is refused
_CHUNK_BYTES = 64 * 1024


class LinkClient(mqtt.Client):
    """paho, but for how it reads what stations say and acknowledges it.

    It asks the socket for one byte after the other, and wraps each message in objects, locks and
    filters that the link has no use for: a quarter of all that a sighting cost. `on_published` is
    given the messages instead of `on_message`. For this, private methods of paho are overridden;
    its version is pinned, and a test notices when one of them is no longer asked.
    """

    on_published: Callable[[Published], None]
    _chunk, _read_to = b"", 0

    @property
    def has_read_more(self) -> bool:
        """Whether bytes wait here that the socket will not announce again."""
        return self._read_to < len(self._chunk)

    def reconnect(self) -> MQTTErrorCode:
        """Call anew; what the last connection left unread is nothing any more."""
        self._chunk, self._read_to = b"", 0
        return super().reconnect()

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """Let the broker forget these messages of QoS 1: in one breath."""
        acknowledged = b"".join(map(acknowledgement, packet_ids))
        self._packet_queue(MessageType.PUBACK, acknowledged, packet_ids[-1], 1)

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._read_to >= len(self._chunk):
            self._chunk, self._read_to = super()._sock_recv(_CHUNK_BYTES), 0
        begin, self._read_to = self._read_to, self._read_to + bufsize
        return self._chunk[begin : self._read_to]

    def _handle_publish(self) -> MQTTErrorCode:
        packet = Packet(self._in_packet["command"], bytes(self._in_packet["packet"]))
        try:
            message = published(packet, speaks_mqtt5=self.protocol == MQTTProtocolVersion.MQTTv5)
        except BrokenStreamError:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        if message.qos > 1:  # more than we asked for
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self.on_published(message)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def new_client(address: BrokerAddress, client_id: str, *, keeps_session: bool) -> LinkClient:
    """Return a client that knows whom to call, and has not called yet."""
    five = address.speaks_mqtt5
    client = LinkClient(
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
