"""Replays drawn footage as if it happened now, for drills and demonstrations."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from detector.pictures import UnreadablePictureError, read_picture
from detector.strip import stamp
from edge_agent.camera_settings import SimulatedCameraSettings
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.footage import FootageError, FootageFrame, read_footage

# Between two sequences, and before a loop begins again: at a speed of 1, as long as between two
# visits.
_PAUSE_S = 2.0
_EMPTY_LOOP_S = 1.0


class SimulatedCamera:
    """Yields each picture at its moment, with the clock of the replay in its strip."""

    outlives_a_restart = False

    def __init__(self, settings: SimulatedCameraSettings, *, station_id: str) -> None:
        self._settings = settings
        self._station_id = station_id

    @property
    def deployment_id(self) -> str:
        """Which camera at which place this is."""
        return self._settings.deployment_id

    async def frames(self) -> AsyncGenerator[Frame | BrokenFrame]:
        """Yield the sequences one after another; missing footage is one broken frame."""
        await asyncio.sleep(self._settings.start_after_s)
        while True:
            try:
                sequences = read_footage(self._settings.path, self._settings.sequences)
            except FootageError as error:
                yield BrokenFrame(self._settings.path.name, str(error))
                sequences = ()
            for number, sequence in enumerate(sequences):
                await self._sleep(_PAUSE_S if number else 0.0)
                async for frame in self._replayed(sequence.frames):
                    yield frame
            if not self._settings.loop:
                return
            await (self._sleep(_PAUSE_S) if sequences else asyncio.sleep(_EMPTY_LOOP_S))

    async def _replayed(
        self, frames: tuple[FootageFrame, ...]
    ) -> AsyncGenerator[Frame | BrokenFrame]:
        began_s = time.monotonic()
        for frame in frames:
            # Against the beginning, so that the time spent looking does not add up.
            await self._sleep(frame.seconds, since_s=began_s)
            yield await asyncio.to_thread(self._read, frame)

    async def _sleep(self, seconds: float, since_s: float | None = None) -> None:
        if self._settings.speed == 0:
            return
        passed_s = 0.0 if since_s is None else time.monotonic() - since_s
        await asyncio.sleep(max(0.0, seconds / self._settings.speed - passed_s))

    def _read(self, frame: FootageFrame) -> Frame | BrokenFrame:
        try:
            pixels = read_picture(self._settings.path / frame.file)
        except UnreadablePictureError as error:
            return BrokenFrame(frame.file, str(error))
        now = datetime.now(UTC)
        return Frame(frame.file, now, stamp(pixels, now, self._station_id, True))
