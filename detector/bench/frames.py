"""Draws the frames of the bench: JPEGs as a camera of 1920 x 1080 pixels would deliver them."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from detector.pictures import Pixels, UnreadablePictureError, read_picture

SIZE_PX = (1920, 1080)
JPEG_QUALITY = 90
NOISE = 3.0
"""Standard deviation in grey levels: a sensor's noise is what makes a camera's JPEG large."""


def footage_folder() -> Path:
    """Return where the drawn footage is: beside the packages, or below the current folder."""
    beside = Path(__file__).parent.parent.parent / "datasets" / "drill"
    return beside if beside.is_dir() else Path("datasets") / "drill"


def camera_jpegs(folder: Path, count: int, *, seed: int = 0) -> Iterator[bytes]:
    """Enlarge `count` pictures from below a folder, spread over all of them, and add sensor noise.

    Raises UnreadablePictureError if there are none.
    """
    files = sorted(folder.rglob("*.jpg"))
    if not files:
        raise UnreadablePictureError(f"no JPEG below {folder}: name a folder with pictures")
    rng = np.random.default_rng(seed)
    for number in range(count):
        file = (
            files[number * len(files) // count]
            if count < len(files)
            else files[number % len(files)]
        )
        yield _as_a_camera_sends_it(read_picture(file), rng)


def _as_a_camera_sends_it(pixels: Pixels, rng: np.random.Generator) -> bytes:
    large = cv2.resize(pixels, SIZE_PX, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    large += np.asarray(rng.normal(0, NOISE, large.shape), np.float32)
    noisy = np.asarray(np.clip(large, 0, 255), np.uint8)
    _, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()
