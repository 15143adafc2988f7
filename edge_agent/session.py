"""One connection to the broker. Never reconnects: the link makes a new one.

A new client each time keeps the backlog in the outbox alone: nothing of an old connection, neither
its queue nor its packet ids, can leak into the next.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.contracts import topics
from edge_agent.contracts.seal import broker_password
from edge_agent.settings import BrokerSettings, MqttProtocol, StationSettings
from edge_agent.wake import Wake

_PROTOCOLS = {
    MqttProtocol.V3_1_1: MQTTProtocolVersion.MQTTv311,
    MqttProtocol.V5: MQTTProtocolVersion.MQTTv5,
}
INFLIGHT = 20
_TURN_S = 0.1


class LinkError(Exception):
    """The broker cannot be reached, refuses the station, or was lost. Says which."""


class Listener(Protocol):
    """Who is told what comes over a connection; called in the thread that turns it."""

    def on_acknowledged(self, ticket: int) -> None:
        """The broker has taken over a message."""
        ...

    def on_arrived(self, topic: str, payload: bytes) -> None:
        """A message came."""
        ...


class Session:
    """A connection of one station. Use from one thread."""

    def __init__(
        self,
        settings: StationSettings,
        listener: Listener,
        *,
        purpose: str = "",
        will: bytes | None = None,
        orders: Sequence[str] = (),
        wake: Wake | None = None,
    ) -> None:
        self._broker = settings.broker
        self._listens_to = (topics.STORED.of(settings.site_id, settings.station_id), *orders)
        self._refusal: str | None = None
        self._is_open = False
        self._owed: set[int] = set()
        self._wake = wake
        self.sent_bytes = 0
        self._listener = listener
        self._client = _client(settings, purpose)
        if will is not None:
            status = topics.STATUS
            topic = status.of(settings.site_id, settings.station_id)
            self._client.will_set(topic, will, qos=status.qos, retain=status.retained)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message

    def open(self, patience_s: float = 15) -> None:
        """Connect and subscribe to receipts and orders; return when all is granted.

        Raises:
            LinkError: in words an operator can act on.
        """
        try:
            self._client.connect(self._broker.host, self._broker.port, self._broker.keepalive_s)
        except socket.gaierror as error:
            raise LinkError(f"no machine is called {self._broker.host}") from error
        except ssl.SSLError as error:
            raise LinkError(f"the broker's certificate is not trusted ({error.reason})") from error
        except OSError as error:
            where = f"{self._broker.host}:{self._broker.port}"
            raise LinkError(f"nothing answers at {where} ({error.strerror or error})") from error
        self.turn_until(
            lambda: self._is_open, patience_s, "the broker did not let the station in in time"
        )

    def turn(self, wait_s: float = _TURN_S) -> None:
        """Move bytes both ways, waiting at most `wait_s` for some, or for the wake to ring.

        Raises:
            LinkError: the connection is gone, or the broker refused the station.
        """
        line = self._client.socket()
        code = MQTTErrorCode.MQTT_ERR_NO_CONN if line is None else self._move(line, wait_s)
        if self._refusal is not None:
            raise LinkError(self._refusal)
        if code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise LinkError(f"the connection was lost ({code.name})")

    def _move(self, line: Any, wait_s: float) -> MQTTErrorCode:
        """Do what paho's own loop does, except that it also ends when there is more to send."""
        reading = [line] if self._wake is None else [line, self._wake]
        writing = [line] if self._client.want_write() else []
        # What TLS has decrypted already rings no select.
        has_more = isinstance(line, ssl.SSLSocket) and line.pending() > 0
        try:
            ready, writable, _ = select.select(reading, writing, [], 0 if has_more else wait_s)
        except (OSError, ValueError):  # closed under us
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if line in ready or has_more:
            code = self._client.loop_read()
        if code is MQTTErrorCode.MQTT_ERR_SUCCESS and writable:
            code = self._client.loop_write()
        if code is MQTTErrorCode.MQTT_ERR_SUCCESS:
            code = self._client.loop_misc()
        if self._wake is not None:
            self._wake.silence()
        return code

    def turn_until(self, reached: Callable[[], bool], patience_s: float, otherwise: str) -> None:
        """Turn until something has happened; `LinkError(otherwise)` if it does not in time."""
        deadline = time.monotonic() + patience_s
        while not reached():
            if time.monotonic() > deadline:
                raise LinkError(otherwise)
            self.turn()

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retained: bool = False) -> int:
        """Hand over a message; return the ticket under which it will be acknowledged."""
        handed_over = self._client.publish(topic, payload, qos=qos, retain=retained)
        if handed_over.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise LinkError(f"the connection was lost ({handed_over.rc.name})")
        self.sent_bytes += len(topic) + len(payload)
        if qos:
            self._owed.add(handed_over.mid)
        return handed_over.mid

    def is_owed(self, ticket: int) -> bool:
        """Whether the broker has yet to acknowledge a message."""
        return ticket in self._owed

    def close(self) -> None:
        """Part in peace: no last will is published. Harmless on a lost connection."""
        self._client.disconnect()
        # Writes out what is left; there may be nothing to write to any more, and that is fine.
        self._client.loop(0)

    def _on_connect(
        self,
        client: Client,
        _user: Any,
        _flags: ConnectFlags,
        code: ReasonCode,
        _p: Properties | None,
    ) -> None:
        if code.is_failure:
            self._refusal = f"the broker refuses this station's name or password ({code})"
            return
        client.subscribe([(topic, topics.STORED.qos) for topic in self._listens_to])

    def _on_subscribe(
        self, _client: Client, _user: Any, _mid: int, codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        if any(code.is_failure for code in codes):
            refused = next(t for t, c in zip(self._listens_to, codes, strict=False) if c.is_failure)
            self._refusal = f"the broker does not let this station read {refused}"
        self._is_open = True

    def _on_disconnect(
        self,
        _client: Client,
        _user: Any,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _p: Properties | None,
    ) -> None:
        if code.is_failure and self._refusal is None:
            self._refusal = f"the connection was lost ({code})"

    def _on_publish(
        self, _client: Client, _user: Any, mid: int, _code: ReasonCode, _p: Properties
    ) -> None:
        self._owed.discard(mid)
        self._listener.on_acknowledged(mid)

    def _on_message(self, _client: Client, _user: Any, message: MQTTMessage) -> None:
        self._listener.on_arrived(message.topic, bytes(message.payload))


def _client(settings: StationSettings, purpose: str) -> Client:
    name = f"{settings.site_id}.{settings.station_id}"
    protocol = _PROTOCOLS[settings.broker.protocol]
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=name + purpose,
        # Clean, because the storage receipts are the truth: a broker's memory of us could only
        # repeat them.
        clean_session=True if protocol is MQTTProtocolVersion.MQTTv311 else None,
        protocol=protocol,
        reconnect_on_failure=False,
    )
    client.username_pw_set(name, broker_password(settings.station_key()))
    client.max_inflight_messages_set(INFLIGHT)
    _secure(client, settings.broker)
    return client


def _secure(client: Client, broker: BrokerSettings) -> None:
    if broker.tls:
        client.tls_set(ca_certs=str(broker.ca_file) if broker.ca_file is not None else None)
