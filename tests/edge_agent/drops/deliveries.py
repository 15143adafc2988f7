"""What cameras deliver, and an inbox to deliver it to."""

import tempfile
from pathlib import Path
from typing import Any

import cv2

from edge_agent.camera_settings import DropCameraSettings
from edge_agent.drops.inbox import Inbox
from edge_agent.drops.passwords import hash_password
from tests.edge_agent.builders import pixels_of

PASSWORD = "tusk-and-trunk"
HASH = hash_password(PASSWORD)
_CODES = {".mp4": "mp4v", ".avi": "MJPG"}


def a_picture(seed: int = 0) -> bytes:
    _, encoded = cv2.imencode(".jpg", pixels_of(seed=seed))
    return encoded.tobytes()


def a_clip(suffix: str = ".mp4", *, frames: int = 20, fps: float = 10) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clip{suffix}"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*_CODES[suffix]), fps, (64, 48))
        for seed in range(frames):
            writer.write(pixels_of(seed=seed))
        writer.release()
        return path.read_bytes()


def drop_settings(kind: str = "ftp", **changes: Any) -> DropCameraSettings:
    table = {
        "kind": kind,
        "deployment_id": "ridge-1",
        "username": "ridge",
        "password_hash": HASH,
        **changes,
    }
    return DropCameraSettings.model_validate(table)


def an_inbox(folder: Path, **changes: Any) -> Inbox:
    inbox = Inbox(folder, drop_settings(**changes))
    inbox.open()
    return inbox


def deliver(inbox: Inbox, data: bytes, *, name: str = "IMG_0001.JPG", subject: str = "") -> None:
    arriving = inbox.begin(name)
    arriving.write(data)
    inbox.accept(arriving, texts=(subject,))
