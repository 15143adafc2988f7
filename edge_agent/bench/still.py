"""Draws the clip of a place in which nothing moves but the noise of its sensor."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from detector.pictures import read_picture


def draw_still(
    picture: Path, clip: Path, *, size_px: tuple[int, int], frames: int, fps: int
) -> None:
    """Write the clip from another process: an encoder's memory is not the station's."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(_draw, picture, clip, size_px, frames, fps).result()


def _draw(picture: Path, clip: Path, size_px: tuple[int, int], frames: int, fps: int) -> None:
    width, height = size_px
    place = cv2.resize(read_picture(picture), size_px).astype(np.int16)
    random = np.random.default_rng(0)
    noise = random.normal(0, 2, (height, 2 * width, 1)).astype(np.int16)
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"mp4v"), fps, size_px)
    try:
        for _ in range(frames):
            shift = int(random.integers(0, width))
            writer.write(np.clip(place + noise[:, shift : shift + width], 0, 255).astype(np.uint8))
    finally:
        writer.release()
