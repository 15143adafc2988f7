"""One frame is asked of each camera, and looked at."""

import asyncio
from contextlib import aclosing

from edge_agent.camera_settings import CameraSettings, DropCameraSettings, FolderCameraSettings
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.opening import open_camera
from edge_agent.checks.answer import Answer, ok, warning, wrong
from edge_agent.eyesight.eyesight import Eyesight
from edge_agent.eyesight.glimpse import Light, glimpse_of
from edge_agent.settings import StationSettings

_PATIENCE_S = 20
_FEATURELESS_BELOW = 1.2
_CABLES = "look at its power, its cable and its address (path)"


async def check_camera(settings: CameraSettings, station: StationSettings) -> Answer:
    """Ask for a frame. Cameras that deliver by themselves are only named."""
    subject = f"camera {settings.deployment_id}"
    eyesight = Eyesight(settings.deployment_id, station.state_dir / "eyesight")
    if eyesight.sight.alarm is not None:
        words = f"blind when last seen: {eyesight.sight.alarm}"
        return wrong(subject, words, "clean its lens, or turn it back; then let the station look")
    if isinstance(settings, FolderCameraSettings) and settings.watch and settings.path.is_dir():
        return ok(subject, f"{settings.path} is watched for new pictures")
    if isinstance(settings, DropCameraSettings):
        return ok(subject, f"{settings.username} may deliver by {settings.kind.upper()}")
    camera = open_camera(settings, station_id=station.station_id, outbox=None)
    try:
        async with asyncio.timeout(_PATIENCE_S), aclosing(camera.frames()) as frames:
            async for frame in frames:
                return _about(subject, frame)
    except TimeoutError:
        return wrong(subject, f"no frame within {_PATIENCE_S} s", _CABLES)
    return wrong(subject, "its source holds no frame", _CABLES)


def _about(subject: str, frame: Frame | BrokenFrame) -> Answer:
    if isinstance(frame, BrokenFrame):
        return wrong(subject, f"{frame.name}: {frame.reason}", _CABLES)
    height, width = frame.pixels.shape[:2]
    words = f"{frame.name}, {width} x {height}, taken {frame.captured_at:%Y-%m-%d %H:%M}"
    glimpse = glimpse_of(frame.pixels, frame.captured_at)
    if glimpse.light is Light.DARK:
        return warning(subject, f"{words}, black", "is its cap on, or its infrared off?")
    if glimpse.detail.max() < _FEATURELESS_BELOW:
        return warning(subject, f"{words}, without any detail", "is something before its lens?")
    return ok(subject, words)
