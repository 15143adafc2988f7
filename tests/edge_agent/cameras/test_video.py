from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from edge_agent.camera_settings import VideoCameraSettings
from edge_agent.cameras import video
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.video import VideoCamera
from tests.edge_agent.builders import pixels_of


def a_video(path: Path, *, frames: int, fps: float = 10) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (64, 48))
    for seed in range(frames):
        writer.write(pixels_of(seed=seed))
    writer.release()
    return path


def a_camera(path: Path | str, *, fps: float = 1, speed: float = 0) -> VideoCamera:
    settings = VideoCameraSettings(
        kind="video", deployment_id="ridge-1", path=str(path), fps=fps, speed=speed
    )
    return VideoCamera(settings)


async def test_as_many_frames_as_asked_are_taken_of_each_second(tmp_path: Path) -> None:
    path = a_video(tmp_path / "night.avi", frames=35, fps=10)

    seen = [frame async for frame in a_camera(path, fps=2).frames()]

    assert [frame.name for frame in seen] == [f"night.avi#{i}" for i in range(7)]
    assert all(isinstance(frame, Frame) for frame in seen)


async def test_a_file_is_played_at_the_pace_it_was_filmed_in(tmp_path: Path) -> None:
    path = a_video(tmp_path / "night.avi", frames=20, fps=10)

    began_at = datetime.now(UTC)
    seen = [f async for f in a_camera(path, fps=5, speed=4).frames() if isinstance(f, Frame)]

    assert len(seen) == 10
    assert (seen[-1].captured_at - began_at).total_seconds() >= 9 / 5 / 4


@pytest.mark.parametrize("content", [None, b"", b"no video"], ids=["missing", "empty", "text"])
async def test_a_video_that_is_none_is_one_broken_frame(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "night.mp4"
    if content is not None:
        path.write_bytes(content)

    (seen,) = [frame async for frame in a_camera(path).frames()]

    assert isinstance(seen, BrokenFrame)


async def test_a_stream_is_opened_again_until_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = a_video(tmp_path / "stream.avi", frames=200)
    opened = [cv2.VideoCapture(), cv2.VideoCapture(), cv2.VideoCapture(str(later))]
    monkeypatch.setattr(video, "_opened", lambda _: opened.pop(0))
    monkeypatch.setattr(video, "_RETRY_S", (0.0,))
    monkeypatch.setattr(video, "why_not", lambda _: "away")
    frames = a_camera("rtsp://user:secret@camera/live").frames()

    seen = [await anext(frames) for _ in range(3)]
    await frames.aclose()

    assert [type(frame) for frame in seen] == [BrokenFrame, BrokenFrame, Frame]


async def test_a_stream_s_password_is_in_no_frame_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(video, "_opened", lambda _: cv2.VideoCapture())
    monkeypatch.setattr(video, "why_not", lambda _: "away")
    frames = a_camera("rtsp://user:secret@camera").frames()

    broken = await anext(frames)
    await frames.aclose()

    assert broken.name == "camera"
