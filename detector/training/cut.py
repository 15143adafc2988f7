"""Let an animal stand half outside the frame, as one does that walks past a camera trap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels

LEAST_LEFT = 0.2
"""What is left of a neighbour, as a share of its box, from which its label still stands."""
SMALLEST_FRAME = 0.3
"""A cut frame is at least this share of the picture's width and height."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A smaller frame (H, W, 3), and which boxes are still in it, clipped, in its own pixels."""

    pixels: Pixels
    kept: tuple[int, ...]
    boxes: tuple[Box, ...]


def cut_through(
    pixels: Pixels, boxes: Sequence[Box], tried: int, visible: float, rng: np.random.Generator
) -> Cut | None:
    """Move an edge of the frame over `boxes[tried]` until the share `visible` (0 to 1) is inside.

    One of the edges that leave a frame worth looking at, by chance; None where none does. Boxes
    of which less than a fifth is left lose their label, since nobody could tell what they are.
    """
    frames = [frame for frame in _frames(pixels, boxes[tried], visible) if _is_large(frame, pixels)]
    if not frames:
        return None
    left, top, right, bottom = frames[int(rng.integers(len(frames)))]
    clipped = [
        (max(box[0], left), max(box[1], top), min(box[2], right), min(box[3], bottom))
        for box in boxes
    ]
    kept = tuple(
        index
        for index, (part, whole) in enumerate(zip(clipped, boxes, strict=True))
        if index == tried or _area(part) >= LEAST_LEFT * _area(whole) > 0
    )
    moved = tuple(
        (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
        for box in (clipped[index] for index in kept)
    )
    return Cut(np.ascontiguousarray(pixels[top:bottom, left:right]), kept, moved)


def _frames(pixels: Pixels, box: Box, visible: float) -> list[tuple[int, int, int, int]]:
    height, width = pixels.shape[:2]
    left, top, right, bottom = box
    across, down = visible * (right - left), visible * (bottom - top)
    return [
        (round(right - across), 0, width, height),
        (0, 0, round(left + across), height),
        (0, round(bottom - down), width, height),
        (0, 0, width, round(top + down)),
    ]


def _is_large(frame: tuple[int, int, int, int], pixels: Pixels) -> bool:
    height, width = pixels.shape[:2]
    left, top, right, bottom = frame
    return bool(right - left >= SMALLEST_FRAME * width and bottom - top >= SMALLEST_FRAME * height)


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)
