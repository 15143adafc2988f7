"""A video file played as if live, or a stream that may come and go."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from detector.pictures import Pixels
from edge_agent.camera_settings import VideoCameraSettings
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.knocking import why_not
from edge_agent.cameras.live import LiveStream, rate_of

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
                yield await asyncio.to_thread(self._note_failure)
            if self._settings.is_stream or (self._settings.loop and not seen):
                await asyncio.sleep(_RETRY_S[min(self._failures, len(_RETRY_S) - 1)])
            elif not self._settings.loop:
                return

    async def _one_opening(self) -> AsyncGenerator[Frame]:
        video = await asyncio.to_thread(_opened, self._settings.path)
        if not video.isOpened():
            return
        name = _last_part(self._settings.path)
        played = self._live(video) if self._settings.is_stream else self._played(video)
        number = 0
        async with aclosing(played) as pictures:
            async for pixels in pictures:
                yield Frame(f"{name}#{number}", datetime.now(UTC), pixels)
                number += 1

    async def _played(self, video: cv2.VideoCapture) -> AsyncGenerator[Pixels]:
        """A file is read faster than it was filmed."""
        fps, speed = self._settings.fps, self._settings.speed
        try:
            step = max(1, round(rate_of(video) / fps))
            began_s = time.monotonic()
            number = 0
            while (pixels := await asyncio.to_thread(_after_skipping, video, step - 1)) is not None:
                if speed:
                    passed_s = time.monotonic() - began_s
                    await asyncio.sleep(max(0.0, number / fps / speed - passed_s))
                yield pixels
                number += 1
        finally:
            await asyncio.shield(asyncio.to_thread(video.release))

    async def _live(self, video: cv2.VideoCapture) -> AsyncGenerator[Pixels]:
        """A stream sets the pace itself; of its frames one is taken now and then."""
        stream = LiveStream(video)
        # Half a frame early: whoever asks just after it has come waits for the one after.
        pause_s = 1 / self._settings.fps - 0.5 / stream.rate
        try:
            while (pixels := await asyncio.to_thread(stream.take)) is not None:
                taken_s = time.monotonic()
                yield pixels
                await asyncio.sleep(max(0.0, taken_s + pause_s - time.monotonic()))
        finally:
            # In the pool too: closing a dead stream may take seconds.
            await asyncio.shield(asyncio.to_thread(stream.close))

    def _note_failure(self) -> BrokenFrame:
        self._failures += 1
        path = self._settings.path
        reason = "cannot be opened, or holds no frame"
        return BrokenFrame(_last_part(path), why_not(path) if self._settings.is_stream else reason)


def _opened(path: str) -> cv2.VideoCapture:
    _hush()
    patience = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        _PATIENCE_MS,
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        _PATIENCE_MS,
    ]
    video = cv2.VideoCapture(path, cv2.CAP_FFMPEG, patience)
    # Some builds read a format with another of their parts only; those know no patience.
    return video if video.isOpened() else cv2.VideoCapture(path)


def _hush() -> None:
    """Keep OpenCV and libav from adding lines of their own at each try: we say what changes."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # there is no other way to tell it
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)


def _after_skipping(video: cv2.VideoCapture, skipped: int) -> Pixels | None:
    """Grab what nobody looks at; None at the end."""
    for _ in range(skipped):
        if not video.grab():
            return None
    arrived, pixels = video.read()
    return np.asarray(pixels, dtype=np.uint8) if arrived else None


def _last_part(path: str) -> str:
    """Name a source without what may stand before it: a stream's address can hold a password."""
    return Path(path).name.rpartition("@")[2] or "video"
