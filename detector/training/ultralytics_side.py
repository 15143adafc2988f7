"""The other side of the bench: ultralytics' own predict on the same file, alone in its process.

It decodes the same bytes as its users do and is held to the same number of threads. Nothing else of
it is touched.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detector.bench.sides import serve
from detector.training.torchvision_shim import make_importable

CONFIDENCE = 0.05
"""The same floor as ours."""


def predicting(network: Path, size_px: int, threads: int) -> Callable[[bytes], object]:
    """Return the way from a JPEG's bytes to ultralytics' results."""
    import cv2
    import numpy as np
    import onnxruntime
    import torch

    make_importable()
    onnxruntime.InferenceSession = _held_to(threads, onnxruntime.InferenceSession)
    from ultralytics import YOLO

    torch.set_num_threads(threads)
    model = YOLO(str(network), task="detect")

    def look(data: bytes) -> object:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        return model.predict(pixels, imgsz=size_px, conf=CONFIDENCE, device="cpu", verbose=False)

    return look


def _held_to(threads: int, session: Any) -> Callable[..., Any]:
    import onnxruntime

    def open_session(path: object, options: Any = None, **others: object) -> Any:
        options = options or onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return session(path, options, **others)

    return open_session


def main(arguments: list[str]) -> None:
    """Serve predict: the network's file, its side in pixels, threads, the frames' folder."""
    started_s = time.perf_counter()
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    network, size_px, threads, frames = arguments
    serve(predicting(Path(network), int(size_px), int(threads)), Path(frames), started_s)


if __name__ == "__main__":
    main(sys.argv[1:])
