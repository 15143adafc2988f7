"""A camera that delivers by itself: its pictures and clips wait in an inbox until looked at."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta

import cv2

from detector import sources
from detector.pictures import UnreadablePictureError, read_picture
from edge_agent.camera_settings import DropCameraSettings
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.exif import Position
from edge_agent.drops.inbox import Delivery, Inbox

_log = logging.getLogger(__name__)
_POLL_S = 0.2
_ASSUMED_FPS = 25.0
_MOVED_DEGREES = 0.001  # some 100 m; receivers under trees wander less


class DropCamera:
    """Yields each delivery once, across restarts, and then removes it from the inbox.

    It is removed when the next frame is asked for: by then the station has remembered that it was
    looked at, in the same transaction that kept what was seen.
    """

    outlives_a_restart = True

    def __init__(
        self,
        settings: DropCameraSettings,
        inbox: Inbox,
        *,
        was_looked_at: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._was_looked_at = was_looked_at
        self._position: Position | None = None

    @property
    def deployment_id(self) -> str:
        """Which camera at which place this is."""
        return self._settings.deployment_id

    async def frames(self) -> AsyncGenerator[Frame | BrokenFrame]:
        """Yield what is delivered, for ever; what was refused is a broken frame."""
        while True:
            for broken in self._inbox.take_broken():
                yield broken
            deliveries = await asyncio.to_thread(self._inbox.waiting)
            for delivery in deliveries:
                self._note_position()
                async for frame in self._frames_of(delivery):
                    yield frame
                await asyncio.to_thread(self._inbox.remove, delivery)
            if not deliveries:
                await asyncio.sleep(_POLL_S)

    async def _frames_of(self, delivery: Delivery) -> AsyncGenerator[Frame | BrokenFrame]:
        if sources.is_video(delivery.path):
            async for frame in self._frames_of_clip(delivery):
                yield frame
        elif not self._was_looked_at(delivery.digest):
            yield await asyncio.to_thread(_read, delivery)

    async def _frames_of_clip(self, delivery: Delivery) -> AsyncGenerator[Frame | BrokenFrame]:
        every = await asyncio.to_thread(_step, delivery, self._settings.clip_fps)
        frames = sources.frames_of(delivery.path, every=every)
        while (found := await asyncio.to_thread(next, frames, None)) is not None:
            if isinstance(found, sources.BrokenFrame):
                name, number = delivery.digest, 0
            else:
                number = found.frame_number or 0
                name = f"{delivery.digest}#{number}"
            if self._was_looked_at(name):
                continue
            if isinstance(found, sources.BrokenFrame):
                yield BrokenFrame(name, found.reason)
                continue
            position = timedelta(seconds=number / (found.frame_rate or _ASSUMED_FPS))
            # Never later than it was received, which is all that is known of a clip without a time.
            captured_at = min(delivery.taken_at + position, delivery.received_at)
            yield Frame(name, captured_at, found.pixels)

    def _note_position(self) -> None:
        told, before = self._inbox.position, self._position
        if told is None or (before is not None and not _is_elsewhere(told, before)):
            return
        self._position = told
        where = f"{told.latitude:.5f}, {told.longitude:.5f}"
        _log.info("camera %s says that it stands at %s", self.deployment_id, where)


def _is_elsewhere(told: Position, before: Position) -> bool:
    north = abs(told.latitude - before.latitude)
    east = abs(told.longitude - before.longitude)
    return max(north, east) > _MOVED_DEGREES


def _read(delivery: Delivery) -> Frame | BrokenFrame:
    try:
        return Frame(delivery.digest, delivery.taken_at, read_picture(delivery.path))
    except UnreadablePictureError as error:
        return BrokenFrame(delivery.digest, str(error))


def _step(delivery: Delivery, fps: float) -> int:
    clip = cv2.VideoCapture(str(delivery.path))
    try:
        rate = clip.get(cv2.CAP_PROP_FPS)
    finally:
        clip.release()
    return max(1, round((rate if 0 < rate <= 240 else _ASSUMED_FPS) / fps))
