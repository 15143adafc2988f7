"""How long after a frame its message is at the broker."""

import asyncio
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from detector.measuring import percentile
from edge_agent.bench.rig import FileCamera, TimedNetwork, watch_of
from edge_agent.contracts import topics
from edge_agent.contracts.messages import (
    DetectionMessage,
    HealthMessage,
    StorageReceipt,
    StoredItem,
    StoredKind,
    read_message,
)
from edge_agent.contracts.seal import KEY_BYTES, open_sealed, seal
from edge_agent.link import Link
from edge_agent.looking import Network, Thresholds
from edge_agent.outbox import Outbox
from edge_agent.settings import StationSettings

EVERY_S = 0.4
_PATIENCE_S = 10
_HOST = "127.0.0.1"


class NoBrokerError(Exception):
    """No Mosquitto is found, or it does not start."""


class Ear:
    """Notes how old each message is when it comes to the broker, and writes receipts for it.

    Without receipts, in place of a server's, the station would soon hold the rest back.
    """

    def __init__(self, settings: StationSettings) -> None:
        self.ages_ms: dict[datetime, float] = {}  # by when the frame was captured
        self._key = settings.station_key()
        self._receipts_go_to = topics.STORED.of(settings.site_id, settings.station_id)
        everything = [(one, 1) for one in topics.everything_from_stations()]
        self._is_ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe(everything)
        self._client.on_subscribe = lambda *_: self._is_ready.set()
        self._client.on_message = self._on_message
        self._client.connect(settings.broker.host, settings.broker.port)
        self._client.loop_start()
        self._is_ready.wait(_PATIENCE_S)

    def close(self) -> None:
        """Hear no more."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        now = datetime.now(UTC)
        address = topics.address_of(message.topic)
        body = open_sealed(self._key, message.topic, bytes(message.payload))
        if address is None:
            return
        if address.topic is topics.MEDIA:
            self._acknowledge(StoredKind.MEDIA, address.rest or "", 1)
        elif address.topic is topics.DETECTIONS:
            told = read_message(DetectionMessage, body)
            self.ages_ms.setdefault(
                told.captured_at, (now - told.captured_at).total_seconds() * 1000
            )
            self._acknowledge(StoredKind.DETECTION, str(told.id), told.revision)

    def _acknowledge(self, kind: StoredKind, name: str, revision: int) -> None:
        item = StoredItem(kind=kind, id=name, revision=revision)
        topic = self._receipts_go_to
        sealed = seal(self._key, topic, StorageReceipt(items=(item,)).to_body())
        self._client.publish(topic, sealed, qos=1)


async def measure_latency(
    files: Sequence[Path], network: Network, thresholds: Thresholds, folder: Path
) -> dict[str, object]:
    """Send every sighting over a broker on this machine; one frame each 0.4 s.

    Raises:
        NoBrokerError: there is no Mosquitto.
    """
    timed = TimedNetwork(network)
    with broker(folder) as port, Outbox(folder / "latency.db") as outbox:
        settings = _settings(folder, port)
        ear = Ear(settings)
        link = Link(settings, outbox, lambda: HealthMessage(at=datetime.now(UTC)))
        link.start()
        try:
            await _until(lambda: link.is_up)
            camera = FileCamera(files, every_s=EVERY_S)
            await watch_of(camera, timed, thresholds, outbox).watch()
            await _until(lambda: outbox.unsent() == 0)
        finally:
            await asyncio.to_thread(link.stop)
            ear.close()
    looks_ms = {at: 1000 * s for at, s in zip(camera.moments, timed.took_s, strict=True)}
    return _told(ear.ages_ms, looks_ms)


def _told(ages_ms: dict[datetime, float], looks_ms: dict[datetime, float]) -> dict[str, object]:
    """Tell the figures; `beyond_own_look` sets each message beside the look that it came from."""
    if not ages_ms:
        return {"messages": 0, "note": "the release saw no elephant in this footage"}
    looks, ages = list(looks_ms.values()), list(ages_ms.values())
    beyond = [age_ms - looks_ms[at] for at, age_ms in ages_ms.items()]
    inference_p95_ms, message_p95_ms = percentile(looks, 0.95), percentile(ages, 0.95)
    return {
        "messages": len(ages_ms),
        "inference_p50_ms": round(percentile(looks, 0.5), 1),
        "inference_p95_ms": round(inference_p95_ms, 1),
        "to_message_p50_ms": round(percentile(ages, 0.5), 1),
        "to_message_p95_ms": round(message_p95_ms, 1),
        "beyond_inference_p95_ms": round(message_p95_ms - inference_p95_ms, 1),
        "beyond_own_look_p50_ms": round(percentile(beyond, 0.5), 1),
        "beyond_own_look_p95_ms": round(percentile(beyond, 0.95), 1),
    }


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Run Mosquitto on a free port of this machine, and yield the port."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        raise NoBrokerError("latency needs Mosquitto, which is not installed")
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} {_HOST}\nallow_anonymous true\n", encoding="ascii")
    process = subprocess.Popen(  # noqa: S603 (a program found on PATH, with our own file)
        [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex((_HOST, port)) == 0:
                return
        time.sleep(0.02)
    raise NoBrokerError("Mosquitto did not start")


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not reached():  # noqa: ASYNC110 (other threads make it true)
            await asyncio.sleep(0.01)


def _settings(folder: Path, port: int) -> StationSettings:
    camera = {"kind": "folder", "deployment_id": "bench", "path": str(folder)}
    table = {
        "site_id": "bench",
        "station_id": "bench",
        "key": secrets.token_hex(KEY_BYTES),
        "state_dir": str(folder),
        "simulated": True,
        "broker": {"host": _HOST, "port": port},
        "cameras": [camera],
    }
    return StationSettings.model_validate(table)
