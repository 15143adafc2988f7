"""The other side of the bench: ultralytics' own predict on the same file, alone in its process.

It decodes the same bytes as its users do and is held to the same number of threads. Nothing else of
it is touched.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detector.bench.sides import serve
from detector.training.torchvision_shim import make_importable

CONFIDENCE = 0.05
"""The same floor as ours."""


def predicting(
    network: Path, imgsz: list[int], threads: int
) -> tuple[Callable[[bytes], object], Callable[[], tuple[int, int]]]:
    """Return the way from a JPEG's bytes to ultralytics' results, and to the shape it showed last.

    `imgsz` is one side, which is how it is mostly called, or a height and a width.
    """
    import cv2
    import numpy as np
    import onnxruntime
    import torch

    make_importable()
    onnxruntime.InferenceSession = _held_to(threads, onnxruntime.InferenceSession)
    from ultralytics import YOLO

    torch.set_num_threads(threads)
    model = YOLO(str(network), task="detect")
    last: list[Any] = []

    def look(data: bytes) -> object:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        last[:] = [pixels]
        return model.predict(pixels, imgsz=imgsz, conf=CONFIDENCE, device="cpu", verbose=False)

    def shape() -> tuple[int, int]:
        height_px, width_px = model.predictor.preprocess(last).shape[2:]
        return int(width_px), int(height_px)

    return look, shape


def _held_to(threads: int, session: Any) -> Callable[..., Any]:
    import onnxruntime

    def open_session(path: object, options: Any = None, **others: object) -> Any:
        options = options or onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return session(path, options, **others)

    return open_session


def main(arguments: list[str]) -> None:
    """Serve predict: the network's file, threads, the frames' folder, and its `imgsz`."""
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    network, threads, frames, *imgsz = arguments
    look, shape = predicting(Path(network), list(map(int, imgsz)), int(threads))
    serve(look, shape, Path(frames))


if __name__ == "__main__":
    main(sys.argv[1:])
