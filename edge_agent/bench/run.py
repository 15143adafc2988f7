"""The bench from beginning to end: idle, frames a second, latency. Under a minute."""

import asyncio
import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from detector.engine import Detector
from detector.pictures import read_picture
from edge_agent.bench.idle import SECONDS, measure_idle
from edge_agent.bench.latency import EVERY_S, NoBrokerError, measure_latency
from edge_agent.bench.throughput import BareNetwork, measure_throughput
from edge_agent.cameras.footage import FootageError, read_footage
from edge_agent.network import open_detector
from edge_agent.settings import ModelSettings

_MOST_FRAMES = 40
_MOST_MESSAGES = 30
_ANIMAL = "elephant"


def run_bench(footage: Path, model: ModelSettings, say: Callable[[str], None]) -> dict[str, object]:
    """Measure this machine and return the figures; `say` is told what is being done.

    Raises:
        FootageError: the folder holds no drawn footage.
        detector.release.ReleaseError: says what is wrong with the release.
    """
    files, still = files_of(footage)
    detector = open_detector(model)
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder:
        measured = asyncio.run(_measure(files, still, detector, Path(folder), model, say))
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "release": detector.release.name,
        "input_size_px": detector.release.input_size_px,
        "threads": model.threads or os.cpu_count(),
        **measured,
    }


def files_of(footage: Path) -> tuple[list[Path], Path]:
    """Return pictures of moving animals, and one of a place in which nothing is.

    Raises:
        FootageError: there is none of the one or the other.
    """
    sequences = read_footage(footage)
    still = [s for s in sequences if s.id.startswith("empty")]
    moving = [s for s in sequences if s.id.startswith(("herd", _ANIMAL))]
    if not still or not moving:
        raise FootageError(f"{footage} holds no empty sequence, or none with elephants")
    files = [footage / frame.file for sequence in moving for frame in sequence.frames]
    return files, footage / still[0].frames[0].file


async def _measure(
    files: Sequence[Path],
    still: Path,
    detector: Detector,
    folder: Path,
    model: ModelSettings,
    say: Callable[[str], None],
) -> dict[str, object]:
    say(f"1 of 3: an idle stream, {SECONDS} s and the time to draw it")
    idle = await measure_idle(still, detector, detector.release, folder)
    frames = files[:_MOST_FRAMES]
    say(f"2 of 3: {len(frames)} frames as fast as they come, in turn with the bare network")
    height_px, width_px = read_picture(frames[0]).shape[:2]
    floor = BareNetwork(
        detector.release, threads=model.threads, frame_size_px=(width_px, height_px)
    )
    throughput = await measure_throughput(frames, detector, detector.release, folder, floor=floor)
    messages = files[:_MOST_MESSAGES]
    say(f"3 of 3: {len(messages)} frames to a broker, {len(messages) * EVERY_S:.0f} s")
    try:
        latency = await measure_latency(messages, detector, detector.release, folder)
    except NoBrokerError as error:
        latency = {"note": str(error)}
    return {"idle": idle, "throughput": throughput, "latency": latency}
