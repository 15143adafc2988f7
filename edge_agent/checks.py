"""What `check` looks at before a station is carried into the forest. Each answer is a sentence."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from detector.engine import Detector
from detector.release import ReleaseError
from edge_agent.camera_settings import CameraSettings, DropCameraSettings, FolderCameraSettings
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.opening import open_camera
from edge_agent.clock import clock_state
from edge_agent.contracts.messages import ClockState
from edge_agent.network import open_detector
from edge_agent.outbox import Outbox
from edge_agent.session import LinkError, Session
from edge_agent.settings import StationSettings

_CAMERA_PATIENCE_S = 20
_LITTLE_DISK_MB = 500
_FRAME_SHAPE = (720, 1280, 3)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one check found."""

    subject: str
    is_good: bool
    words: str


def check_station(settings: StationSettings) -> Iterator[Answer]:
    """Check one thing after another, so that each answer can be shown at once."""
    yield Answer("key", True, "64 hexadecimal digits, as it should be")
    yield check_clock(datetime.now(UTC))
    yield check_disk(settings.state_dir)
    yield check_model(settings)
    for camera in settings.cameras:
        yield asyncio.run(check_camera(camera, settings.station_id))
    yield check_broker(settings)


def check_clock(now: datetime) -> Answer:
    """A clock that was never set is trouble: alerts go by the time of capture."""
    state = clock_state(now)
    told = {
        ClockState.SYNCHRONISED: "synchronised",
        ClockState.FREE_RUNNING: "set, but no time service keeps it right; it will drift",
        ClockState.UNSET: "was never set: set it, or give the station a time service",
    }
    return Answer(
        "clock", state is not ClockState.UNSET, f"{now:%Y-%m-%d %H:%M:%S} UTC, {told[state]}"
    )


def check_disk(state_dir: Path) -> Answer:
    """The outbox must open and have room to grow through an outage."""
    try:
        with Outbox(state_dir / "outbox.db") as outbox:
            unsent = outbox.unsent()
    except Exception as error:  # noqa: BLE001 (whatever it is, the operator reads it here and now)
        return Answer("disk", False, f"the outbox in {state_dir} cannot be opened: {error}")
    free_mb = shutil.disk_usage(state_dir).free / 1e6
    words = f"{free_mb:,.0f} MB free in {state_dir}, {unsent} unsent"
    return Answer("disk", free_mb >= _LITTLE_DISK_MB, words)


def check_model(settings: StationSettings) -> Answer:
    """The release must be whole, and is timed on an empty frame."""
    try:
        detector = open_detector(settings.model)
    except ReleaseError as error:
        return Answer("model", False, str(error))
    took_ms = _inference_ms(detector)
    return Answer("model", True, f"{detector.release.name}, {took_ms:.0f} ms a frame")


async def check_camera(settings: CameraSettings, station_id: str) -> Answer:
    """One frame is asked of each camera."""
    subject = f"camera {settings.deployment_id}"
    if isinstance(settings, FolderCameraSettings) and settings.watch and settings.path.is_dir():
        return Answer(subject, True, f"{settings.path} is watched for new pictures")
    if isinstance(settings, DropCameraSettings):
        return Answer(subject, True, f"{settings.username} may deliver by {settings.kind.upper()}")
    camera = open_camera(settings, station_id=station_id, outbox=None)
    try:
        async with asyncio.timeout(_CAMERA_PATIENCE_S), aclosing(camera.frames()) as frames:
            async for frame in frames:
                return _about_frame(subject, frame)
    except TimeoutError:
        return Answer(subject, False, f"no frame within {_CAMERA_PATIENCE_S} s")
    return Answer(subject, False, "its source holds no frame")


def check_broker(settings: StationSettings) -> Answer:
    """The broker must answer, and let this station in, under its own name and password."""
    broker = settings.broker
    # Another client name than the running station's, which would be thrown out otherwise.
    session = Session(settings, _Deaf(), purpose=".check")
    try:
        session.open()
    except LinkError as error:
        return Answer("broker", False, str(error))
    finally:
        session.close()
    return Answer("broker", True, f"{broker.host}:{broker.port} lets this station in")


def _about_frame(subject: str, frame: Frame | BrokenFrame) -> Answer:
    if isinstance(frame, BrokenFrame):
        return Answer(subject, False, f"{frame.name}: {frame.reason}")
    height, width = frame.pixels.shape[:2]
    return Answer(
        subject, True, f"{frame.name}, {width} x {height}, taken {frame.captured_at:%Y-%m-%d %H:%M}"
    )


def _inference_ms(detector: Detector) -> float:
    began_s = time.monotonic()
    detector.detect(np.zeros(_FRAME_SHAPE, np.uint8))
    return (time.monotonic() - began_s) * 1000


class _Deaf:
    """Hears nothing: a check only wants to be let in."""

    def on_acknowledged(self, ticket: int) -> None: ...

    def on_arrived(self, topic: str, payload: bytes) -> None: ...
