"""The two sides of ours: the whole way from bytes to boxes, and the bare network.

Run as a program this is one side alone in its process: its memory and its start are its own.
It says when it is ready, then answers each frame's number by what that frame took.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from detector.measuring import resident_mb

WHOLE, BARE = "whole", "bare"


def serve(look: Callable[[bytes], object], frames: Path, started_s: float) -> None:
    """Speak with the bench over standard input and output until it closes them."""
    files = sorted(frames.glob("*.jpg"))
    look(files[0].read_bytes())
    _say({"ready_s": time.perf_counter() - started_s})
    for line in sys.stdin:
        data = files[int(line)].read_bytes()
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        look(data)
        wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
        _say({"wall_ms": wall_s * 1000, "cpu_ms": cpu_s * 1000, "rss_mb": resident_mb()})


def _say(answer: dict[str, float | None]) -> None:
    print(json.dumps(answer), flush=True)


def whole_way(folder: Path, precision: str, threads: int) -> Callable[[bytes], object]:
    """Return the way from a JPEG's bytes to detections, as `trunkline-detector detect` goes it.

    One look: how often a release looks twice depends on what its cameras see.
    """
    from detector.engine import Detector
    from detector.pictures import decode_picture
    from detector.release import Precision, load_release

    release = load_release(folder, Precision(precision))
    detector = Detector(release.looking_once(), threads=threads)

    def look(data: bytes) -> object:
        return detector.detect(decode_picture(data, least_side_px=release.input_size_px))

    return look


def bare_network(folder: Path, precision: str, threads: int) -> Callable[[bytes], object]:
    """Return the network alone, on a tensor of the frames' shape that lies ready."""
    import numpy as np

    from detector.bench.frames import SIZE_PX
    from detector.engine import open_session
    from detector.release import Precision, load_release

    release = load_release(folder, Precision(precision))
    session = open_session(release, threads)
    shape = release.letterbox(*SIZE_PX)
    size = (1, 3, shape.input_height_px, shape.input_width_px)
    ready = np.random.default_rng(0).random(size, np.float32)
    fed = {session.get_inputs()[0].name: ready}
    return lambda _: session.run(None, fed)


def main(arguments: list[str]) -> None:
    """Serve one side: its name, the release's folder, precision, threads, the frames' folder."""
    started_s = time.perf_counter()
    side, folder, precision, threads, frames = arguments
    make = {WHOLE: whole_way, BARE: bare_network}[side]
    serve(make(Path(folder), precision, int(threads)), Path(frames), started_s)


if __name__ == "__main__":
    main(sys.argv[1:])
