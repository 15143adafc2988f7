"""A station that comes back after weeks: fills an outbox, empties it, and tells its memory.

A process of its own, so that the memory is the station's alone; the server is another, which stores
and answers like the real one. Prints one JSON object.

    python -m tests.edge_agent.outbox.weeks_offline FOLDER BROKER_PORT SIGHTINGS
"""

import json
import multiprocessing
import random
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psutil
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from edge_agent.contracts import topics
from edge_agent.contracts.messages import (
    DetectionMessage,
    HealthMessage,
    StorageReceipt,
    StoredItem,
    StoredKind,
    read_message,
)
from edge_agent.contracts.seal import open_sealed, seal
from edge_agent.link import Link
from edge_agent.outbox import Outbox
from tests.edge_agent.builders import KEY, SITE, STATION, a_message, settings_for

FRESH = 20
WEEKS = timedelta(weeks=6)
_AT_ONCE = 500
_PICTURE_EVERY = 10
_PATIENCE_S = 1800.0
_BATCH_S = 0.05


def fill(outbox: Outbox, sightings: int) -> None:
    """Keep old sightings in any order, each tenth with a picture, and then some of right now."""
    now = datetime.now(UTC)
    dice = random.Random(6)
    ages = [WEEKS * (number / sightings) + timedelta(hours=1) for number in range(sightings)]
    dice.shuffle(ages)
    ages += [timedelta(seconds=FRESH - number) for number in range(FRESH)]
    for begin in range(0, len(ages), _AT_ONCE):
        outbox.keep_all(
            (
                a_message(captured_at=now - age),
                dice.randbytes(20_000) if number % _PICTURE_EVERY == 0 else None,
            )
            for number, age in enumerate(ages[begin : begin + _AT_ONCE])
        )


def serve(port: int, count: int, ready: "threading.Event", path: Path) -> None:
    """Take sightings and pictures, answer in batches; write down the order of the sightings."""
    order: dict[str, tuple[float, bool]] = {}
    pending: list[StoredItem] = []
    lock = threading.Lock()

    def on_message(_client: Client, _user: object, message: MQTTMessage) -> None:
        address = topics.address_of(message.topic)
        body = open_sealed(KEY, message.topic, bytes(message.payload))
        if address is None:
            return
        with lock:
            if address.topic is topics.MEDIA:
                pending.append(StoredItem(kind=StoredKind.MEDIA, id=address.rest or ""))
            elif address.topic is topics.DETECTIONS:
                told = read_message(DetectionMessage, body)
                is_late = datetime.now(UTC) - told.captured_at > timedelta(minutes=15)
                order.setdefault(str(told.id), (told.captured_at.timestamp(), is_late))
                pending.append(StoredItem(kind=StoredKind.DETECTION, id=str(told.id)))

    client = Client(CallbackAPIVersion.VERSION2, client_id="server")
    client.on_connect = lambda client, *_: client.subscribe(
        [(one, 1) for one in topics.everything_from_stations()]
    )
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_start()
    topic = topics.STORED.of(SITE, STATION)
    is_written = False
    while True:  # until it is terminated
        time.sleep(_BATCH_S)  # as the real server gathers a batch
        with lock:
            items, pending[:] = tuple(pending), []
            if len(order) >= count and not is_written:
                path.write_text(json.dumps(list(order.values())))
                is_written = True
        if items:
            body = StorageReceipt(items=items).to_body()
            client.publish(topic, seal(KEY, topic, body), qos=1)


def drain(folder: Path, port: int, sightings: int) -> dict[str, object]:
    """Empty a full outbox; return how long it took, in which order, and with how much memory."""
    spawn = multiprocessing.get_context("spawn")
    ready, order_file = spawn.Event(), folder / "order.json"
    with Outbox(folder / "outbox.db") as outbox:
        fill(outbox, sightings)
        queued = outbox.unsent()
        server = spawn.Process(
            target=serve, args=(port, sightings + FRESH, ready, order_file), daemon=True
        )
        server.start()
        ready.wait(60)
        settings = settings_for(folder, port=port, broker={"resend_after_s": 10})
        link = Link(settings, outbox, lambda: HealthMessage(at=datetime.now(UTC)))
        me, began_s = psutil.Process(), time.monotonic()
        memory_mb = [me.memory_info().rss / 1e6]
        link.start()
        while outbox.unsent() and time.monotonic() - began_s < _PATIENCE_S:
            time.sleep(0.1)
            memory_mb.append(me.memory_info().rss / 1e6)
        took_s, left = time.monotonic() - began_s, outbox.unsent()
        link.stop()
        server.terminate()
    order = json.loads(order_file.read_text())
    return told(order, memory_mb, took_s) | {"queued": queued, "left": left}


def told(
    order: list[tuple[float, bool]], memory_mb: list[float], took_s: float
) -> dict[str, object]:
    fresh = [moment for moment, is_late in order if not is_late]
    late = [moment for moment, is_late in order if is_late]
    inversions = sum(later < earlier for earlier, later in pairwise(late))
    return {
        "fresh_first": not any(is_late for _, is_late in order[: len(fresh)]),
        "fresh_newest_first": fresh == sorted(fresh, reverse=True),
        "fresh": len(fresh),
        "late": len(late),
        "late_inversions": inversions,
        "seconds": round(took_s, 1),
        "rss_before_mb": round(memory_mb[0], 1),
        "rss_most_mb": round(max(memory_mb), 1),
        "rss_after_mb": round(memory_mb[-1], 1),
    }


if __name__ == "__main__":
    print(json.dumps(drain(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
