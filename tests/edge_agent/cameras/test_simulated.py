import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.camera_settings import SimulatedCameraSettings
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.simulated import SimulatedCamera

SIZE = (480, 640, 3)


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    """Two sequences of three frames, half a second apart."""
    sequences = []
    for name in ("herd", "deer"):
        (tmp_path / name).mkdir()
        files = [f"{name}/{i}.jpg" for i in range(3)]
        for file in files:
            cv2.imwrite(str(tmp_path / file), np.full(SIZE, 90, np.uint8))
        frames = [{"file": f, "seconds": i / 2, "animals": []} for i, f in enumerate(files)]
        sequences.append({"id": name, "kind": "elephant", "frames": frames})
    (tmp_path / "truth.json").write_text(json.dumps({"version": 1, "sequences": sequences}))
    return tmp_path


def a_camera(
    folder: Path, *sequences: str, speed: float = 0, loop: bool = False
) -> SimulatedCamera:
    settings = SimulatedCameraSettings(
        kind="simulated",
        deployment_id="ridge-1",
        path=folder,
        sequences=sequences,
        speed=speed,
        loop=loop,
    )
    return SimulatedCamera(settings, station_id="ridge")


async def test_the_sequences_come_in_the_order_asked_for(footage: Path) -> None:
    seen = [frame.name async for frame in a_camera(footage, "deer", "herd").frames()]

    assert seen == [f"{name}/{i}.jpg" for name in ("deer", "herd") for i in range(3)]


async def test_a_replayed_frame_is_of_now_and_says_that_it_is_a_drill(footage: Path) -> None:
    frame = await anext(a_camera(footage).frames())

    assert isinstance(frame, Frame)
    assert datetime.now(UTC) - frame.captured_at < timedelta(seconds=10)
    strip = frame.pixels[-20:]
    assert strip.max() > 200, "the clock is written into the dark bar"
    assert np.abs(frame.pixels[:400].astype(int) - 90).max() <= 2


async def test_frames_come_at_the_pace_of_the_drawing(footage: Path) -> None:
    seen = [
        frame
        async for frame in a_camera(footage, "herd", speed=4).frames()
        if isinstance(frame, Frame)
    ]

    took_s = (seen[-1].captured_at - seen[0].captured_at).total_seconds()
    assert took_s >= 0.2, "a second of the drawing in a quarter of one"


async def test_a_missing_picture_is_one_broken_frame_among_good_ones(footage: Path) -> None:
    (footage / "herd/1.jpg").unlink()

    seen = [type(frame) async for frame in a_camera(footage, "herd").frames()]

    assert seen == [Frame, BrokenFrame, Frame]


@pytest.mark.parametrize(
    ("truth", "words"),
    [(None, "cannot be read"), ("{", "bad fields"), ('{"sequences": []}', "no sequence herd")],
)
async def test_footage_that_is_none_says_why(footage: Path, truth: str | None, words: str) -> None:
    (footage / "truth.json").unlink()
    if truth is not None:
        (footage / "truth.json").write_text(truth)

    (seen,) = [frame async for frame in a_camera(footage, "herd").frames()]

    assert isinstance(seen, BrokenFrame)
    assert words in seen.reason


async def test_a_loop_begins_again(footage: Path) -> None:
    frames = a_camera(footage, "herd", loop=True).frames()

    names = [(await anext(frames)).name for _ in range(4)]
    await frames.aclose()

    assert names[3] == names[0]
