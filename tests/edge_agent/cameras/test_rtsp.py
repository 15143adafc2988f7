"""A stream over RTSP, as network cameras give it, through the same class as a station's."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from detector.pictures import Pixels
from edge_agent.camera_record import CameraRecord
from edge_agent.camera_settings import VideoCameraSettings
from edge_agent.cameras import video
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.knocking import why_not
from edge_agent.cameras.video import VideoCamera
from edge_agent.contracts.vitals import CameraState
from tests.faults.rtsp import RtspCamera
from tests.faults.watching import until


@pytest.fixture
def camera() -> Iterator[RtspCamera]:
    camera = RtspCamera(numbered)
    camera.start()
    yield camera
    camera.vanish()


def numbered(number: int) -> Pixels:
    """A grey picture whose brightness is its number."""
    return np.full((48, 64, 3), number % 200 + 20, np.uint8)


def number_of(frame: Frame | BrokenFrame) -> int:
    assert isinstance(frame, Frame)
    return round(float(frame.pixels.mean())) - 20


def a_station_camera(url: str) -> VideoCamera:
    settings = VideoCameraSettings(kind="video", deployment_id="ridge-1", path=url, fps=25)
    return VideoCamera(settings)


async def test_a_camera_that_vanishes_or_falls_silent_is_said_once_and_found_again(
    camera: RtspCamera, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "_RETRY_S", (0.05,))
    monkeypatch.setattr(video, "_PATIENCE_MS", 300)
    record = CameraRecord("ridge-1")
    frames = a_station_camera(camera.url()).frames()
    try:
        with caplog.at_level(logging.INFO):
            await until(record, frames, CameraState.GOOD)
            for fail in (camera.vanish, camera.stall):
                fail()
                await until(record, frames, CameraState.BROKEN)
                assert isinstance(await anext(frames), BrokenFrame), "it is tried again"
                if fail == camera.vanish:
                    assert record.health().reason == (
                        f"nothing answers at 127.0.0.1:{camera.port} (Connection refused)"
                    )
                else:
                    camera.vanish()
                camera.start()
                await until(record, frames, CameraState.GOOD)
    finally:
        await frames.aclose()

    assert [" is broken" in message for message in caplog.messages] == [True, False] * 2
    assert not [message for message in caplog.messages if "tusk" in message]


async def test_who_looks_slowly_still_sees_what_is_there_now(camera: RtspCamera) -> None:
    frames = a_station_camera(camera.url()).frames()
    behind = []
    try:
        for _ in range(8):
            frame = await anext(frames)
            behind.append(camera.sent - number_of(frame))
            await asyncio.sleep(0.4)  # ten frames come meanwhile
    finally:
        await frames.aclose()

    assert max(behind[1:]) <= 4, "not ten more with each look"


def test_why_nothing_comes_is_said_in_words(camera: RtspCamera) -> None:
    good = camera.url()

    assert "refuses the name or the password" in why_not(camera.url("wrong"))
    assert "refuses the name or the password" in why_not(f"rtsp://127.0.0.1:{camera.port}/live")
    assert "describes its stream" in why_not(good)
    assert "knows no such stream" in why_not(good.replace("/live", "/lvie"))
    assert why_not("rtsp://no-such-camera.invalid/live").startswith("no machine is called")
    assert "no good port" in why_not("rtsp://10.0.0.1:port/live")


def test_a_camera_that_wants_a_digest_is_given_one(camera: RtspCamera) -> None:
    camera.wants_digest = True

    assert "describes its stream" in why_not(camera.url())
    assert "refuses the name or the password" in why_not(camera.url("wrong"))


async def test_an_attached_camera_that_is_unplugged_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(video, "_RETRY_S", (0.0,))
    frames = a_station_camera("/dev/video-none").frames()

    for _ in range(2):
        broken = await anext(frames)
        assert isinstance(broken, BrokenFrame)
        assert broken.reason == "there is no /dev/video-none: is the camera plugged in?"
    await frames.aclose()


def test_a_web_page_is_no_camera() -> None:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.timeout = 5
    threading.Thread(target=server.handle_request, daemon=True).start()

    assert "speaks no RTSP" in why_not(f"rtsp://127.0.0.1:{server.server_port}/live")
    server.server_close()
