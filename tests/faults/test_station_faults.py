"""What a station makes of a world that fails: each fault is said once, and got over alone."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import pytest

from edge_agent.agent import run
from edge_agent.camera_record import CameraRecord
from edge_agent.camera_settings import VideoCameraSettings
from edge_agent.cameras import video
from edge_agent.cameras.camera import BrokenFrame
from edge_agent.cameras.video import VideoCamera
from edge_agent.contracts.messages import HealthMessage
from edge_agent.contracts.seal import broker_password
from edge_agent.contracts.vitals import CameraState
from edge_agent.link import Link
from edge_agent.looking import Eye
from edge_agent.outbox import Outbox
from tests.brokers import Mosquitto
from tests.edge_agent.builders import (
    DUSK,
    KEY,
    OTHER_KEY,
    SITE,
    STATION,
    FakeNetwork,
    a_message,
    an_elephant,
    pixels_of,
    settings_for,
    wait_until,
)
from tests.edge_agent.fake_server import FakeServer
from tests.faults.stream import NetworkCamera
from tests.faults.watching import until

PICTURES = 200


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db") as outbox:
        yield outbox


@contextmanager
def a_link(folder: Path, port: int, outbox: Outbox, **broker: object) -> Iterator[Link]:
    settings = settings_for(folder, port=port, broker=broker)
    link = Link(settings, outbox, lambda: HealthMessage(at=DUSK))
    link.start()
    try:
        yield link
    finally:
        link.stop()


def said_of_the_link(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [message for message in caplog.messages if message.startswith("link ")]


@pytest.mark.mosquitto
def test_a_station_whose_password_is_refused_is_let_in_once_the_broker_knows_it(
    tmp_path: Path,
    start_mosquitto: Callable[..., Mosquitto],
    outbox: Outbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    passwords = write_password(tmp_path / "passwords", broker_password(OTHER_KEY))
    broker = start_mosquitto(passwords=passwords)
    outbox.keep(a_message(), b"picture")

    with caplog.at_level(logging.INFO), a_link(tmp_path, broker.port, outbox) as link:
        wait_until(lambda: link.failures >= 3)
        refused = said_of_the_link(caplog)
        write_password(passwords, broker_password(KEY))
        broker.kill()
        broker.start()
        wait_until(lambda: link.is_up)

    assert len(refused) == 1
    assert "refuses this station's name or password" in refused[0]
    assert outbox.unsent() == 2, "nothing was given up meanwhile"


@pytest.mark.mosquitto
def test_a_name_that_cannot_be_resolved_is_said_once_and_asked_again(
    tmp_path: Path,
    mosquitto: Mosquitto,
    outbox: Outbox,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name_service = FailingNameService(monkeypatch, "trunkline.example")
    message = a_message()
    outbox.keep(message, None)
    server = FakeServer(mosquitto.host, mosquitto.port)

    try:
        with (
            caplog.at_level(logging.INFO),
            a_link(tmp_path, mosquitto.port, outbox, host="trunkline.example") as link,
        ):
            wait_until(lambda: link.failures >= 3)
            failed = said_of_the_link(caplog)
            name_service.recovers()
            wait_until(lambda: outbox.unsent() == 0)
    finally:
        server.close()

    assert failed == ["link is down: no machine is called trunkline.example"]
    assert set(server.stored) == {str(message.id)}


@pytest.mark.mosquitto
async def test_one_broken_picture_in_a_hundred_costs_that_picture_alone(
    tmp_path: Path, mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    fill_card(tmp_path / "footage")
    elephants_in = {5, 99, 101, 198}  # on both sides of the broken ones, 50 and 150
    good = [number for number in range(PICTURES) if number not in (50, 150)]
    network = FakeNetwork(*([an_elephant()] if n in elephants_in else [] for n in good))
    settings = settings_for(
        tmp_path,
        port=mosquitto.port,
        exit_when_done=True,
        simulated=True,
        confirmation={"needed": 1, "out_of": 1},
        event={"silence_s": 1e-6, "revise_every_s": 0},
    )
    server = FakeServer(mosquitto.host, mosquitto.port)
    try:
        with caplog.at_level(logging.INFO):
            summary = await run(settings, Eye(network, network), asyncio.Event())
    finally:
        server.close()

    assert (summary.frames, summary.broken, summary.unsent) == (PICTURES - 2, 2, 0)
    assert len(server.stored) == len(elephants_in)
    said = [message for message in caplog.messages if "broken" in message or "good" in message]
    assert [("is broken" in message) for message in said] == [True, False, True, False]


async def test_a_network_camera_that_vanishes_is_said_once_and_found_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = CameraRecord("ridge-1")
    monkeypatch.setattr(video, "_RETRY_S", (0.05,))
    source = NetworkCamera()
    source.start()
    settings = VideoCameraSettings(
        kind="video", deployment_id="ridge-1", path=source.url, fps=25, speed=0
    )
    frames = VideoCamera(settings).frames()
    try:
        with caplog.at_level(logging.INFO):
            await until(record, frames, CameraState.GOOD)
            source.vanish()
            await until(record, frames, CameraState.BROKEN)
            assert isinstance(await anext(frames), BrokenFrame), "it is tried again"
            source.start()
            await until(record, frames, CameraState.GOOD)
    finally:
        await frames.aclose()
        source.vanish()

    assert [message.split(":")[0] for message in caplog.messages] == [
        "camera ridge-1",
        "camera ridge-1",
    ]
    assert [" is broken" in message for message in caplog.messages] == [True, False]


class FailingNameService:
    """Knows no machine of this name until it recovers; then it is this one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self._name = name
        self._fails = True
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def recovers(self) -> None:
        self._fails = False

    def _look_up(self, host: Any, *rest: Any, **named: Any) -> Any:
        if host != self._name:
            return self._real(host, *rest, **named)
        if self._fails:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return self._real("127.0.0.1", *rest, **named)


def fill_card(folder: Path) -> None:
    """Two hundred pictures; one is cut short as by a full card, one is empty."""
    folder.mkdir()
    for number in range(PICTURES):
        path = folder / f"{number:04d}.jpg"
        assert cv2.imwrite(str(path), pixels_of(seed=number))
    cut = folder / "0050.jpg"
    cut.write_bytes(cut.read_bytes()[:600])
    (folder / "0150.jpg").write_bytes(b"")


def write_password(path: Path, password: str) -> Path:
    """Write Mosquitto's own format: `user:$7$iterations$salt$hash` (PBKDF2 with SHA-512)."""
    import base64
    import hashlib

    salt = b"twelve bytes"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101, 64)
    encoded = "$".join(base64.b64encode(part).decode() for part in (salt, digest))
    path.write_text(f"{SITE}.{STATION}:$7$101${encoded}\n")
    return path
