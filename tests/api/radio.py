"""A station's radio for tests: paho, with its own key, that remembers what it heard."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE_S = 10.0


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait for a condition; fail with a sentence if it does not come true."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


@dataclass
class Radio:
    """One connected client."""

    client: mqtt.Client
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    granted: list[bool] = field(default_factory=list)
    connected: threading.Event = field(default_factory=threading.Event)
    refused: threading.Event = field(default_factory=threading.Event)
    on_lost: Callable[[], object] = lambda: None

    def subscribe(self, topic_filter: str) -> bool:
        """Whether the broker grants it."""
        before = len(self.granted)
        self.client.subscribe(topic_filter, qos=1)
        wait_until(lambda: len(self.granted) > before, "the broker answers a subscription")
        return self.granted[-1]

    def say(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=qos, retain=retain).wait_for_publish(PATIENCE_S)


@contextmanager
def radio(
    host: str,
    port: int,
    username: str | None = None,
    password: str | None = None,
    *,
    will: tuple[str, bytes] | None = None,
    keep_alive_s: int = 20,
) -> Iterator[Radio]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    one = Radio(client)
    client.username_pw_set(username, password)
    if will is not None:
        client.will_set(will[0], will[1], qos=1)

    def on_connect(_: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        (one.refused if reason.is_failure else one.connected).set()

    def on_subscribe(_: Any, __: Any, ___: Any, reasons: Any, ____: Any) -> None:
        one.granted.append(not reasons[0].is_failure)

    def on_disconnect(_: Any, __: Any, ___: Any, ____: Any, _____: Any) -> None:
        one.on_lost()

    def on_message(_: Any, __: Any, message: mqtt.MQTTMessage) -> None:
        one.heard.append((message.topic, bytes(message.payload)))

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_disconnect = on_disconnect
    client.on_message = on_message
    client.reconnect_delay_set(1, 1)
    client.connect(host, port, keep_alive_s)
    client.loop_start()
    try:
        wait_until(lambda: one.connected.is_set() or one.refused.is_set(), "the broker answers")
        yield one
    finally:
        client.disconnect()
        client.loop_stop()
