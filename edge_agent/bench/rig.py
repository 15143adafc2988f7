"""The parts of a station as the bench puts them together: real ones, in a folder of their own."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from detector.detection import Detection
from detector.pictures import Pixels, UnreadablePictureError, read_picture
from edge_agent.cameras.camera import BrokenFrame, Camera, Frame
from edge_agent.confirmation import Confirmation
from edge_agent.health import Tally
from edge_agent.looking import Eye, Network, Thresholds
from edge_agent.motion import MotionGate
from edge_agent.outbox import Outbox
from edge_agent.sightings import Sightings
from edge_agent.watch import Watch

_AT_ONCE = timedelta(microseconds=1)


class TimedNetwork:
    """A network that remembers how long each look took, in seconds."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.took_s: list[float] = []

    def detect(self, pixels: Pixels, *, floor: float | None = None) -> list[Detection]:
        """Look, and note the time."""
        began_s = time.perf_counter()
        seen = self._network.detect(pixels, floor=floor)
        self.took_s.append(time.perf_counter() - began_s)
        return seen


class FileCamera:
    """Pictures as a camera would hand them over, one every `every_s`; its moment is before reading.

    So decoding counts, as it does on the way from a real camera.
    """

    deployment_id = "bench"
    outlives_a_restart = False

    def __init__(self, files: Sequence[Path], *, every_s: float = 0.0) -> None:
        self._files = files
        self._every_s = every_s
        self.moments: list[datetime] = []  # of the frames that were handed over

    async def frames(self) -> AsyncGenerator[Frame | BrokenFrame]:
        """Yield each file once."""
        began_s = time.monotonic()
        for number, file in enumerate(self._files):
            await asyncio.sleep(max(0.0, began_s + number * self._every_s - time.monotonic()))
            captured_at = datetime.now(UTC)
            try:
                pixels = await asyncio.to_thread(read_picture, file)
            except UnreadablePictureError as error:
                yield BrokenFrame(file.name, str(error))
            else:
                self.moments.append(captured_at)
                yield Frame(file.name, captured_at, pixels)


def watch_of(
    camera: Camera,
    network: Network,
    thresholds: Thresholds,
    outbox: Outbox,
    *,
    gate: MotionGate | None = None,
) -> Watch:
    """Return a watch for which every frame with an elephant is a sighting of its own."""
    confirmation = Confirmation(needed=1, out_of=1, within=_AT_ONCE)
    sightings = Sightings(confirmation, silence=_AT_ONCE, revise_every=timedelta(0))
    eye = Eye(network, thresholds)
    return Watch(camera, eye, sightings, outbox, Tally(), simulated=True, gate=gate)
