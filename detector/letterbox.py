"""Fits a frame of any shape into the network's square, and boxes back into the frame."""

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
    """Where a frame lies inside the square of `side_px`, in whole pixels."""

    side_px: int
    left_px: int
    top_px: int
    width_px: int
    height_px: int

    @classmethod
    def of(cls, frame_width_px: int, frame_height_px: int, side_px: int) -> Self:
        """Centre a frame in the square, its longer side filling it."""
        scale = min(side_px / frame_width_px, side_px / frame_height_px)
        width = min(side_px, max(1, round(frame_width_px * scale)))
        height = min(side_px, max(1, round(frame_height_px * scale)))
        return cls(side_px, (side_px - width) // 2, (side_px - height) // 2, width, height)

    def to_frame(self, corners_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map N x 4 corners (left, top, right, bottom) in the square to fractions of the frame.

        What lies in the padding is clipped away.
        """
        offset = np.array([self.left_px, self.top_px] * 2, np.float64)
        size = np.array([self.width_px, self.height_px] * 2, np.float64)
        fractions = (corners_px - offset) / size
        return np.asarray(np.clip(fractions, 0.0, 1.0), np.float64)

    def to_square(self, fractions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map N x 4 corners in fractions of the frame to pixels of the square."""
        offset = np.array([self.left_px, self.top_px] * 2, np.float64)
        size = np.array([self.width_px, self.height_px] * 2, np.float64)
        return np.asarray(fractions * size + offset, np.float64)


class NetworkInput:
    """The memory that one thread shows its frames to the network in, one after another.

    Made once: fetching five megabytes anew for each frame costs more than filling them.
    """

    def __init__(self, side_px: int) -> None:
        self._batch = np.empty((1, 3, side_px, side_px), np.float32)
        self._letterbox: Letterbox | None = None

    def show(self, pixels: Pixels, letterbox: Letterbox) -> NDArray[np.float32]:
        """Return 1 x 3 x side x side, red-green-blue, 0 to 1; the next call overwrites it."""
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
        self._batch.fill(PADDING * FULL_SCALE)
        self._place = self._batch[0, :, rows, columns]
        self._fitted = np.empty((*size, 3), np.uint8)
        self._planes = [np.empty(size, np.uint8) for _ in RED_FIRST]
        self._letterbox = letterbox
