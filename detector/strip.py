"""The clock strip: the dark bar under a camera-trap picture that says when and where.

Rendered footage is kept with a bare bar; a simulated camera stamps it at the moment of replay.
"""

from datetime import UTC, datetime

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SHARE_OF_HEIGHT = 28 / 480
LEAST_PX = 12
BAR = 12
INK = 235
MARGIN_SHARE = 0.0125
DRILL_WORD = "DRILL"


def strip_height_px(height_px: int) -> int:
    """How many of a frame's lowest rows the strip takes; depends on nothing but the height."""
    return max(LEAST_PX, round(height_px * SHARE_OF_HEIGHT))


def bare_strip(width_px: int, height_px: int) -> Pixels:
    """The bar of a frame of this size (strip included), still without any words."""
    return np.full((strip_height_px(height_px), width_px, 3), BAR, np.uint8)


def stamp(pixels: Pixels, when: datetime, station: str, simulated: bool) -> Pixels:  # noqa: FBT001
    """Return a copy of the frame (H, W, 3) with the clock, station and DRILL mark in its strip.

    The clock is UTC, as everywhere between machines. Nothing above the strip changes.

    Raises:
        ValueError: `when` has no time zone, or the picture is no colour picture.
    """
    if when.tzinfo is None:
        raise ValueError("the strip's clock needs a time with its zone")
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"the strip is drawn on (H, W, 3) pictures, not on {pixels.shape}")
    bar = bare_strip(pixels.shape[1], pixels.shape[0])
    clock = when.astimezone(UTC).strftime("%Y-%m-%d  %H:%M:%SZ")
    _write(bar, clock, 0.0)
    _write(bar, _plain(station), 0.5)
    if simulated:
        _write(bar, DRILL_WORD, 1.0)
    stamped = pixels.copy()
    stamped[-bar.shape[0] :] = bar
    return stamped


def _plain(text: str) -> str:
    """OpenCV's font knows ASCII alone; anything else would be drawn as question marks."""
    return "".join(c if c.isascii() and c.isprintable() else "-" for c in text)[:16]


def _write(bar: Pixels, text: str, place: float) -> None:
    """Draw text at a place from 0 (left) to 1 (right)."""
    height, width = bar.shape[:2]
    font, size = cv2.FONT_HERSHEY_SIMPLEX, height / 58
    (text_width, text_height), _ = cv2.getTextSize(text, font, size, 1)
    margin = round(width * MARGIN_SHARE)
    left = margin + round((width - 2 * margin - text_width) * place)
    corner = (left, (height + text_height) // 2)
    cv2.putText(bar, text, corner, font, size, (INK, INK, INK), 1, cv2.LINE_AA)
