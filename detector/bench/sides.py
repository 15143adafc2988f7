"""The two sides of ours: the whole way from bytes to boxes, and the bare network.

Run as a program this is one side alone in its process: its memory and its start are its own.
It says when it is ready and what shape its network is shown, then answers each frame's number by
what that frame took.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from detector.bench.frames import SIZE_PX
from detector.measuring import resident_mb
from detector.release import Precision, Release, load_release

WHOLE, BARE = "whole", "bare"


def serve(
    look: Callable[[bytes], object], shape: Callable[[], tuple[int, int]], frames: Path
) -> None:
    """Speak with the bench over standard input and output until it closes them.

    `shape` gives the width and height of what the network was shown, once it has been.
    """
    files = sorted(frames.glob("*.jpg"))
    look(files[0].read_bytes())
    _say({"input_px": shape()})
    for line in sys.stdin:
        data = files[int(line)].read_bytes()
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        look(data)
        wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
        _say({"wall_ms": wall_s * 1000, "cpu_ms": cpu_s * 1000, "rss_mb": resident_mb()})


def _say(answer: Mapping[str, object]) -> None:
    print(json.dumps(answer), flush=True)


def whole_way(release: Release, threads: int) -> Callable[[bytes], object]:
    """Return the way from a JPEG's bytes to detections, as `trunkline-detector detect` goes it.

    One look: how often a release looks twice depends on what its cameras see.
    """
    from detector.engine import Detector
    from detector.pictures import decode_picture

    detector = Detector(release.looking_once(), threads=threads)

    def look(data: bytes) -> object:
        return detector.detect(decode_picture(data, least_side_px=release.input_size_px))

    return look


def bare_network(release: Release, threads: int) -> Callable[[bytes], object]:
    """Return the network alone, on a tensor of the frames' shape that lies ready."""
    import numpy as np

    from detector.engine import open_session

    session = open_session(release, threads)
    width_px, height_px = shape_of(release)
    ready = np.random.default_rng(0).random((1, 3, height_px, width_px), np.float32)
    fed = {session.get_inputs()[0].name: ready}
    return lambda _: session.run(None, fed)


def shape_of(release: Release) -> tuple[int, int]:
    """Return the width and height in which a release's network is shown the bench's frames."""
    letterbox = release.letterbox(*SIZE_PX)
    return letterbox.input_width_px, letterbox.input_height_px


def main(arguments: list[str]) -> None:
    """Serve one side: its name, the release's folder, precision, threads, the frames' folder."""
    side, folder, precision, threads, frames = arguments
    release = load_release(Path(folder), Precision(precision))
    make = {WHOLE: whole_way, BARE: bare_network}[side]
    serve(make(release, int(threads)), lambda: shape_of(release), Path(frames))


if __name__ == "__main__":
    main(sys.argv[1:])
