"""A process of its own in which a new release looks, so that no network can hurt the station.

Run as `python -m edge_agent.updates.shadow FOLDER SOCKET MOST_MB THREADS BUDGET_MS
PRECISION`, 0 for none.
Over the inherited socket come frames, a line of JSON and the pixels each; answers go, a line each.
It ends by itself when the station is gone, or when it takes more memory than it may.
"""

import json
import os
import resource
import socket
import sys
import threading
import time
from contextlib import suppress
from io import BufferedRWPair
from pathlib import Path
from typing import Any

import numpy as np

from detector.engine import Detector
from detector.release import Precision, ReleaseError
from edge_agent.network import load_as_wanted

# The station goes first, but on a busy board the new release must not starve either.
NICENESS = 5
TOO_BIG = 77
_WATCH_EVERY_S = 0.02


def main(
    folder: str, descriptor: str, most_mb: str, threads: str, budget_ms: str, precision: str
) -> None:
    """Load the release and answer until the station hangs up."""
    _step_back()
    _watch(float(most_mb))
    with socket.socket(fileno=int(descriptor)) as line, line.makefile("rwb") as wire:
        try:
            detector = Detector(
                load_as_wanted(Path(folder), Precision(precision)),
                threads=int(threads) or None,
                budget_ms=float(budget_ms) or None,
            )
        except ReleaseError as error:
            _say(wire, {"failed": str(error)})
            return
        thresholds = {light.value: at for light, at in detector.release.thresholds.items()}
        _say(wire, {"ready": detector.release.name, "thresholds": thresholds})
        while asked := wire.readline():
            _answer(wire, detector, json.loads(asked))


def _answer(wire: BufferedRWPair, detector: Detector, asked: dict[str, Any]) -> None:
    height, width = asked["shape"]
    data = wire.read(height * width * 3)
    pixels = np.frombuffer(data, np.uint8).reshape(height, width, 3)
    began_s = time.perf_counter()
    try:
        seen = detector.detect(pixels, floor=asked["floor"])
    except Exception as error:  # noqa: BLE001 (whatever it is, the station reads it)
        _say(wire, {"failed": f"{type(error).__name__}: {error}"})
        return
    took_ms = (time.perf_counter() - began_s) * 1000
    boxes = [
        (d.label.value, d.confidence, d.box.left, d.box.top, d.box.width, d.box.height)
        for d in seen
    ]
    _say(wire, {"took_ms": took_ms, "memory_mb": memory_mb(), "seen": boxes})


def _say(wire: BufferedRWPair, answer: dict[str, Any]) -> None:
    wire.write(json.dumps(answer).encode() + b"\n")
    wire.flush()


def memory_mb() -> float:
    """Return the most memory this process has ever held.

    Asked of /proc where there is one: what `getrusage` tells of a child begins with the most that
    its parent held, so that a station of 350 MB would find every new release too big.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def _step_back() -> None:
    """Let the station go first, in the processor and when memory is short."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _watch(most_mb: float) -> None:
    station = os.getppid()

    def watch() -> None:
        while os.getppid() == station:
            if memory_mb() > most_mb:
                os._exit(TOO_BIG)
            time.sleep(_WATCH_EVERY_S)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
