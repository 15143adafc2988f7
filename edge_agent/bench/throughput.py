"""Frames a second from file to outbox, beside the bare network in the same minute."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from detector.engine import open_session
from detector.release import Release
from edge_agent.bench.meter import Meter, Spent
from edge_agent.bench.rig import FileCamera, watch_of
from edge_agent.contracts.messages import StoredKind
from edge_agent.looking import Network, Thresholds
from edge_agent.outbox import Outbox

_IN_TURN = 5


class Floor(Protocol):
    """What nobody can be faster than."""

    def run(self, times: int) -> Spent:
        """Do the least there is to do for so many frames, and say what it took."""
        ...


class BareNetwork:
    """The network and nothing else: no picture is decoded, no box made of its answer."""

    def __init__(
        self, release: Release, *, threads: int | None, frame_size_px: tuple[int, int]
    ) -> None:
        """Load the network, for frames of this width and height."""
        self._session = open_session(release, threads or os.cpu_count() or 1)
        shape = release.letterbox(*frame_size_px)
        self._input = np.zeros((1, 3, shape.input_height_px, shape.input_width_px), np.float32)
        self._name = self._session.get_inputs()[0].name
        self.run(1)

    def run(self, times: int) -> Spent:
        """Answer so often, and say what it took."""
        meter = Meter()
        for _ in range(times):
            self._session.run(None, {self._name: self._input})
        return meter.read()


async def measure_throughput(
    files: Sequence[Path], network: Network, thresholds: Thresholds, folder: Path, *, floor: Floor
) -> dict[str, object]:
    """Take turns, five frames each: so both meet the same heat and the same neighbours."""
    bare = station = Spent(0, 0)
    with Outbox(folder / "throughput.db") as outbox:
        for start in range(0, len(files), _IN_TURN):
            part = files[start : start + _IN_TURN]
            bare += floor.run(len(part))
            meter = Meter()
            await watch_of(FileCamera(part), network, thresholds, outbox).watch()
            station += meter.read()
        sightings = len(outbox.waiting(StoredKind.DETECTION, len(files)))
    return {
        "frames": len(files),
        "sightings": sightings,
        "floor": _per_frame(bare, len(files)),
        "station": _per_frame(station, len(files)),
        "times_the_floor": round(station.wall_s / bare.wall_s, 2),
    }


def _per_frame(spent: Spent, frames: int) -> dict[str, float]:
    return {
        "frames_per_s": round(frames / spent.wall_s, 2),
        "ms_per_frame": round(spent.wall_s / frames * 1000, 1),
        "cpu_ms_per_frame": round(spent.cpu_s / frames * 1000, 1),
    }
