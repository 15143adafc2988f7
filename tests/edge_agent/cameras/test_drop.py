import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from ftplib import FTP, all_errors
from io import BytesIO
from pathlib import Path

import pytest

from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.drop import DropCamera
from edge_agent.contracts.messages import StoredKind
from edge_agent.drops.content import UnfitContentError
from edge_agent.drops.inbox import Inbox
from edge_agent.outbox import Outbox
from tests.brokers import free_port
from tests.edge_agent.builders import wait_until
from tests.edge_agent.cameras.test_exif import gps_segment
from tests.edge_agent.drops.deliveries import (
    PASSWORD,
    a_clip,
    a_picture,
    an_inbox,
    deliver,
    drop_settings,
)


def a_camera(inbox: Inbox, was_looked_at: Callable[[str], bool] = lambda _: False) -> DropCamera:
    return DropCamera(drop_settings(clip_fps=5), inbox, was_looked_at=was_looked_at)


async def first(camera: DropCamera, number: int) -> list[Frame | BrokenFrame]:
    frames = camera.frames()
    async with asyncio.timeout(20):
        seen = [await anext(frames) for _ in range(number)]
    await frames.aclose()
    return seen


async def test_a_delivery_is_removed_once_the_next_frame_is_asked_for(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path)
    for seed in (1, 2):
        deliver(inbox, a_picture(seed))

    await first(a_camera(inbox), 2)

    assert [delivery.path.read_bytes() for delivery in inbox.waiting()] == [a_picture(2)]


async def test_what_was_looked_at_before_the_power_went_is_not_looked_at_again(
    tmp_path: Path,
) -> None:
    inbox = an_inbox(tmp_path)
    for seed in (1, 2):
        deliver(inbox, a_picture(seed))
    done, new = inbox.waiting()

    (seen,) = await first(a_camera(inbox, lambda name: name == done.digest), 1)

    assert seen.name == new.digest
    assert inbox.waiting() == [new]


async def test_a_clip_goes_on_after_the_frame_that_was_looked_at_last(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path, times=["%Y%m%d%H%M%S"])
    deliver(inbox, a_clip(frames=10, fps=10), name="20251122193000.mp4")
    (clip,) = inbox.waiting()
    done = {f"{clip.digest}#{number}" for number in (0, 2)}

    seen = await first(a_camera(inbox, done.__contains__), 3)

    assert [frame.name.partition("#")[2] for frame in seen] == ["4", "6", "8"]
    assert isinstance(seen[0], Frame)
    assert seen[0].captured_at - clip.taken_at == timedelta(seconds=0.4)


async def test_a_broken_delivery_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    inbox = an_inbox(tmp_path)
    bomb = bytearray(a_picture(1))
    sides = bomb.index(b"\xff\xc0") + 5
    bomb[sides : sides + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(UnfitContentError):
        deliver(inbox, b"no picture")
    deliver(inbox, bytes(bomb))
    deliver(inbox, a_picture(2))

    seen = await first(a_camera(inbox), 3)

    assert [type(frame) for frame in seen] == [BrokenFrame, BrokenFrame, Frame]


async def test_where_a_camera_stands_is_said_when_it_moves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = an_inbox(tmp_path)
    for seed in (1, 2):
        jpeg = a_picture(seed)
        deliver(inbox, jpeg[:2] + gps_segment() + jpeg[2:])

    with caplog.at_level(logging.INFO):
        await first(a_camera(inbox), 2)

    assert caplog.messages == ["camera ridge-1 says that it stands at -21.50000, 101.25000"]


# A station in which every picture shows an elephant and is a sighting of its own.
_STATION = """
import asyncio
import sys
from pathlib import Path
from edge_agent.cli import _run_until_signal
from edge_agent.looking import Eye
from tests.edge_agent.builders import FakeNetwork, an_elephant, settings_for
from tests.edge_agent.drops.deliveries import drop_settings

settings = settings_for(
    Path(sys.argv[1]),
    ftp={"port": int(sys.argv[2])},
    cameras=[drop_settings().model_dump()],
    confirmation={"needed": 1, "out_of": 1},
    event={"silence_s": 1e-6, "revise_every_s": 0},
)
network = FakeNetwork(always=[an_elephant()])
asyncio.run(_run_until_signal(settings, Eye(network, network)))
"""


def test_kills_lose_no_acknowledged_picture_and_double_none(tmp_path: Path) -> None:
    port, acknowledged, pictures = free_port(), 0, 12
    station = start(tmp_path, port)
    try:
        for number in range(pictures):
            wait_until(lambda picture=a_picture(number): is_taken(port, picture))  # type: ignore[misc]
            acknowledged += 1
            if number % 3 == 2:
                # At once: it is being looked at, or not yet, or just done.
                station.send_signal(signal.SIGKILL)
                station.wait()
                station = start(tmp_path, port)
        (tmp_path / "state").mkdir(exist_ok=True)
        with Outbox(tmp_path / "state/outbox.db") as outbox:
            wait_until(lambda: len(outbox.waiting(StoredKind.DETECTION, 100)) >= pictures)
            assert not is_taken(port, b"no picture")
            wait_until(lambda: is_taken(port, a_picture(0)))  # the camera says it once more
            wait_until(lambda: not any(tmp_path.glob("state/drops/*/waiting/*")))
            kept = outbox.waiting(StoredKind.DETECTION, 100)
    finally:
        station.terminate()
        station.wait(timeout=20)

    assert len(kept) == acknowledged == pictures


def is_taken(port: int, data: bytes) -> bool:
    try:
        with FTP(timeout=20) as client:
            client.connect("127.0.0.1", port)
            client.login("ridge", PASSWORD)
            return client.storbinary("STOR a.jpg", BytesIO(data)).startswith("226")
    except all_errors:
        return False


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    root = Path(__file__).parent.parent.parent.parent
    return subprocess.Popen(
        [sys.executable, "-c", _STATION, str(folder), str(port)],
        env={**os.environ, "PYTHONPATH": str(root)},
    )
