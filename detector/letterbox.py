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

    def network_input(self, pixels: Pixels) -> NDArray[np.float32]:
        """Return 1 x 3 x side x side, red-green-blue, 0 to 1, with one resize into place."""
        canvas = np.full((self.side_px, self.side_px, 3), PADDING, np.uint8)
        place = canvas[
            self.top_px : self.top_px + self.height_px, self.left_px : self.left_px + self.width_px
        ]
        size = (self.width_px, self.height_px)
        cv2.resize(pixels, size, dst=place, interpolation=cv2.INTER_LINEAR)
        batch = np.empty((1, 3, self.side_px, self.side_px), np.float32)
        # Channel by channel: a fifth of the time of OpenCV's own blobFromImage.
        for channel, plane in zip((2, 1, 0), cv2.split(canvas), strict=True):
            np.multiply(plane, FULL_SCALE, out=batch[0, channel], dtype=np.float32)
        return batch

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
