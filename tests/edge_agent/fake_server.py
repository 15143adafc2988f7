"""The server's side of the wire, with a memory one can look into and a temper one can set."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from edge_agent.contracts import topics
from edge_agent.contracts.messages import (
    DetectionMessage,
    Message,
    RefusedItem,
    StationState,
    StatusMessage,
    StorageReceipt,
    StoredItem,
    StoredKind,
    body_sha256,
    read_message,
)
from edge_agent.contracts.samples import SampleMessage
from edge_agent.contracts.seal import open_sealed, seal
from tests.edge_agent.builders import KEY, SITE, STATION, wait_until


class FakeServer:
    """Stores by id and revision, as the real one does, and writes receipts for what it stored."""

    def __init__(self, host: str, port: int, *, key_of_receipts: bytes = KEY) -> None:
        self.stored: dict[str, int] = {}
        self.pictures: set[str] = set()
        self.deliveries: Counter[str] = Counter()
        self.order: list[StoredKind] = []
        self.states: list[StationState] = []
        self.samples: list[SampleMessage] = []
        self.sent_at: list[datetime] = []
        self.said: list[tuple[topics.Topic, bytes]] = []  # what else a station said
        self.refuses: Callable[[bytes], bool] = lambda _: False
        self.loses: Callable[[str, int], bool] = lambda _id, _times: False
        self._key_of_receipts = key_of_receipts
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="server", clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(one, 1) for one in topics.everything_from_stations()]
        )
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect(host, port)
        self._client.loop_start()
        wait_until(self._subscribed.is_set)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        address = topics.address_of(message.topic)
        assert address is not None
        body = open_sealed(KEY, message.topic, bytes(message.payload))
        if address.topic is topics.STATUS:
            self.states.append(read_message(StatusMessage, body).state)
        elif address.topic is topics.MEDIA:
            self._take(StoredKind.MEDIA, address.rest or "", 1, body)
        elif address.topic is topics.DETECTIONS:
            sighting = read_message(DetectionMessage, body)
            self.sent_at.append(sighting.sent_at)
            self._take(StoredKind.DETECTION, str(sighting.id), sighting.revision, body)
        elif address.topic is topics.SAMPLES:
            sample = read_message(SampleMessage, body)
            self.samples.append(sample)
            self._take(StoredKind.SAMPLE, str(sample.id), 1, body)
        elif address.topic is not topics.HEALTH:
            self.said.append((address.topic, body))

    def command(self, topic: topics.Topic, message: Message) -> None:
        """Tell the station something, as the real server does."""
        name = topic.of(SITE, STATION)
        sealed = seal(self._key_of_receipts, name, message.to_body())
        self._client.publish(name, sealed, qos=1, retain=topic.retained).wait_for_publish(10)

    def confirm(self, item: StoredItem) -> None:
        """Tell the station that something was stored."""
        self._say(StorageReceipt(items=(item,)))

    def _take(self, kind: StoredKind, name: str, revision: int, body: bytes) -> None:
        self.deliveries[name] += 1
        self.order.append(kind)
        if self.refuses(body):
            refused = RefusedItem(body_sha256=body_sha256(body), reason="a field of the future")
            self._say(StorageReceipt(refused=(refused,)))
            return
        if self.loses(name, self.deliveries[name]):
            return
        if kind is StoredKind.MEDIA:
            assert body_sha256(body) == name
            self.pictures.add(name)
        elif kind is StoredKind.DETECTION:
            self.stored[name] = max(revision, self.stored.get(name, 0))
        self._say(StorageReceipt(items=(StoredItem(kind=kind, id=name, revision=revision),)))

    def _say(self, receipt: StorageReceipt) -> None:
        topic = topics.STORED.of(SITE, STATION)
        self._client.publish(topic, seal(self._key_of_receipts, topic, receipt.to_body()), qos=1)
