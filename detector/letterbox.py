"""Fits a frame of any shape into what the network is shown, and boxes back into the frame.

What it is shown is a square or, where the network takes any shape, the smallest rectangle of whole
strides: a wide frame in a square is two fifths grey, and the grey is computed like all else.
"""

import math
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.pictures import Pixels

PADDING = 114
"""The grey around the picture; the value the network was trained with."""

FULL_SCALE = np.float32(1 / 255)
RED_FIRST = (2, 1, 0)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a frame lies inside the input, which is the network's picture; in whole pixels."""

    input_width_px: int
    input_height_px: int
    left_px: int
    top_px: int
    width_px: int
    height_px: int

    @classmethod
    def of(
        cls, frame_width_px: int, frame_height_px: int, side_px: int, stride_px: int | None = None
    ) -> Self:
        """Centre a frame in the square of `side_px`, its longer side filling it.

        With a stride, of which `side_px` is a multiple, the shorter side is only padded to whole
        strides instead.
        """
        scale = min(side_px / frame_width_px, side_px / frame_height_px)
        width = min(side_px, max(1, round(frame_width_px * scale)))
        height = min(side_px, max(1, round(frame_height_px * scale)))
        across, down = (_in_strides(size, side_px, stride_px) for size in (width, height))
        return cls(across, down, (across - width) // 2, (down - height) // 2, width, height)

    def to_frame(self, corners_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map N x 4 corners (left, top, right, bottom) in the input to fractions of the frame.

        What lies in the padding is clipped away.
        """
        offset = np.array([self.left_px, self.top_px] * 2, np.float64)
        size = np.array([self.width_px, self.height_px] * 2, np.float64)
        fractions = (corners_px - offset) / size
        return np.asarray(np.clip(fractions, 0.0, 1.0), np.float64)

    def to_input(self, fractions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map N x 4 corners in fractions of the frame to pixels of the input."""
        offset = np.array([self.left_px, self.top_px] * 2, np.float64)
        size = np.array([self.width_px, self.height_px] * 2, np.float64)
        return np.asarray(fractions * size + offset, np.float64)


def _in_strides(size_px: int, side_px: int, stride_px: int | None) -> int:
    return side_px if stride_px is None else -(-size_px // stride_px) * stride_px


class NetworkInput:
    """The memory that one thread shows its frames to the network in, one after another.

    Made once, for the largest there can be: fetching five megabytes anew for each frame costs more
    than filling them.
    """

    def __init__(self, side_px: int) -> None:
        self._memory = np.empty(3 * side_px * side_px, np.float32)
        self._letterbox: Letterbox | None = None

    def show(self, pixels: Pixels, letterbox: Letterbox) -> NDArray[np.float32]:
        """Return 1 x 3 x height x width, red-green-blue, 0 to 1; the next call overwrites it."""
        if letterbox != self._letterbox:
            self._lay_out(letterbox)
        height, width = pixels.shape[:2]
        if (width, height) != (letterbox.width_px, letterbox.height_px):
            cv2.resize(
                pixels,
                (letterbox.width_px, letterbox.height_px),
                dst=self._fitted,
                interpolation=cv2.INTER_LINEAR,
            )
            pixels = self._fitted
        # Channel by channel: a fifth of the time of OpenCV's own blobFromImage.
        cv2.split(pixels, self._planes)
        for channel, plane in zip(RED_FIRST, self._planes, strict=True):
            np.multiply(plane, FULL_SCALE, out=self._place[channel], dtype=np.float32)
        return self._batch

    def _lay_out(self, letterbox: Letterbox) -> None:
        """Paint the grey around the picture: it stays while frames keep their shape."""
        size = (letterbox.height_px, letterbox.width_px)
        rows = slice(letterbox.top_px, letterbox.top_px + letterbox.height_px)
        columns = slice(letterbox.left_px, letterbox.left_px + letterbox.width_px)
        shape = (1, 3, letterbox.input_height_px, letterbox.input_width_px)
        self._batch = self._memory[: math.prod(shape)].reshape(shape)
        self._batch.fill(PADDING * FULL_SCALE)
        self._place = self._batch[0, :, rows, columns]
        self._fitted = np.empty((*size, 3), np.uint8)
        self._planes = [np.empty(size, np.uint8) for _ in RED_FIRST]
        self._letterbox = letterbox
