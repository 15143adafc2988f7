"""The station as a whole process, killed as a power cut would kill it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from edge_agent.outbox import Outbox
from tests.brokers import Mosquitto
from tests.edge_agent.builders import pixels_of, wait_until
from tests.edge_agent.fake_server import FakeServer

_PICTURES = 24
# A station in which every picture shows elephants and is a sighting of its own.
_STATION = """
import asyncio
import sys
from pathlib import Path
from edge_agent.cli import _run_until_signal
from edge_agent.looking import Eye
from tests.edge_agent.builders import FakeNetwork, an_elephant, settings_for

folder, port = Path(sys.argv[1]), int(sys.argv[2])
camera = {"kind": "folder", "deployment_id": "ridge-1", "path": str(folder / "card"), "watch": True}
settings = settings_for(
    folder,
    port=port,
    cameras=[camera],
    confirmation={"needed": 1, "out_of": 1},
    event={"silence_s": 1e-6, "revise_every_s": 0},
)
network = FakeNetwork(always=[an_elephant()])
print(asyncio.run(_run_until_signal(settings, Eye(network, network))))
"""


@pytest.mark.mosquitto
def test_kills_at_any_moment_lose_no_sighting_and_double_none(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    (tmp_path / "card").mkdir()
    server = FakeServer(mosquitto.host, mosquitto.port)
    server.loses = lambda _id, times: times == 1  # and the server forgets everything once
    try:
        for number in range(3):
            put_pictures(tmp_path / "card", number, _PICTURES // 3)
            station = start(tmp_path, mosquitto.port)
            heard = sum(server.deliveries.values())
            wait_until(lambda before=heard: sum(server.deliveries.values()) > before)  # type: ignore[misc]
            station.send_signal(signal.SIGKILL)
            station.wait()
        station = start(tmp_path, mosquitto.port)
        with Outbox(tmp_path / "state/outbox.db") as outbox:
            wait_until(lambda: len(server.stored) >= _PICTURES and outbox.unsent() == 0)
        station.terminate()
        said, _ = station.communicate(timeout=20)
    finally:
        server.close()

    assert station.returncode == 0
    assert "'unsent': 0" in said
    # Each picture is one sighting, however often the station was killed while looking at it.
    assert len(server.stored) == len(server.pictures) == _PICTURES


def put_pictures(card: Path, batch: int, number: int) -> None:
    for index in range(number):
        seed = batch * 100 + index
        assert cv2.imwrite(str(card / f"{seed:04d}.png"), pixels_of(seed=seed))


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    root = Path(__file__).parent.parent.parent
    return subprocess.Popen(
        [sys.executable, "-c", _STATION, str(folder), str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
