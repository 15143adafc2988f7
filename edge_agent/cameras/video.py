"""A video file played as if live, or a stream that may come and go."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from edge_agent.camera_settings import VideoCameraSettings
from edge_agent.cameras.camera import BrokenFrame, Frame

_ASSUMED_FPS = 25.0
_RETRY_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
_PATIENCE_MS = 10_000


class VideoCamera:
    """Yields `fps` frames of each second. A stream is opened again and again; a file ends."""

    outlives_a_restart = False

    def __init__(self, settings: VideoCameraSettings) -> None:
        self._settings = settings
        self._failures = 0

    @property
    def deployment_id(self) -> str:
        """Which camera at which place this is."""
        return self._settings.deployment_id

    async def frames(self) -> AsyncGenerator[Frame | BrokenFrame]:
        """Yield frames; each failure to open is one broken frame."""
        while True:
            seen = False
            async for frame in self._one_opening():
                seen = True
                self._failures = 0
                yield frame
            if not seen:
                yield self._note_failure()
            if self._settings.is_stream or (self._settings.loop and not seen):
                await asyncio.sleep(_RETRY_S[min(self._failures, len(_RETRY_S) - 1)])
            elif not self._settings.loop:
                return

    async def _one_opening(self) -> AsyncGenerator[Frame]:
        video = await asyncio.to_thread(_opened, self._settings.path)
        try:
            step = self._step(video)
            began_s = time.monotonic()
            number = 0
            while (pixels := await asyncio.to_thread(_after_skipping, video, step - 1)) is not None:
                await self._wait_until(began_s, number / self._settings.fps)
                yield Frame(
                    f"{_last_part(self._settings.path)}#{number}", datetime.now(UTC), pixels
                )
                number += 1
        finally:
            # In the pool too: closing a dead stream may take seconds.
            await asyncio.shield(asyncio.to_thread(video.release))

    def _step(self, video: cv2.VideoCapture) -> int:
        rate = video.get(cv2.CAP_PROP_FPS)
        plausible = rate if 0 < rate <= 240 else _ASSUMED_FPS
        return max(1, round(plausible / self._settings.fps))

    async def _wait_until(self, began_s: float, position_s: float) -> None:
        """A file is read faster than it was filmed; a stream sets the pace itself."""
        if self._settings.is_stream or self._settings.speed == 0:
            return
        passed_s = time.monotonic() - began_s
        await asyncio.sleep(max(0.0, position_s / self._settings.speed - passed_s))

    def _note_failure(self) -> BrokenFrame:
        self._failures += 1
        return BrokenFrame(_last_part(self._settings.path), "cannot be opened, or holds no frame")


def _opened(path: str) -> cv2.VideoCapture:
    patience = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        _PATIENCE_MS,
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        _PATIENCE_MS,
    ]
    video = cv2.VideoCapture(path, cv2.CAP_FFMPEG, patience)
    # Some builds read a format with another of their parts only; those know no patience.
    return video if video.isOpened() else cv2.VideoCapture(path)


def _after_skipping(
    video: cv2.VideoCapture, skipped: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None:
    """Grab without decoding what nobody looks at; None at the end or on a lost stream."""
    for _ in range(skipped):
        if not video.grab():
            return None
    arrived, pixels = video.read()
    return np.asarray(pixels, dtype=np.uint8) if arrived else None


def _last_part(path: str) -> str:
    """Name a source without what may stand before it: a stream's address can hold a password."""
    return Path(path).name.rpartition("@")[2] or "video"
