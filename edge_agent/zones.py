"""Parts of a camera's view: polygons whose corners are fractions of the frame."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.detection import BoundingBox

Polygon = Sequence[tuple[float, float]]
"""Corners, each its distance from the left and from the top; the last is joined to the first."""


def stands_in(box: BoundingBox, zones: Iterable[Polygon]) -> bool:
    """Whether the middle of a box's lower edge lies in one of the zones.

    That is where an animal stands. Its middle would be wrong: one that passes in front of a zone
    covers it.
    """
    foot = (box.left + box.width / 2, box.bottom)
    return any(cv2.pointPolygonTest(_corners(zone), foot, False) >= 0 for zone in zones)


def mask_of(zone: Polygon, *, width_px: int, height_px: int) -> NDArray[np.bool_]:
    """Return height x width, true inside the zone."""
    mask = np.zeros((height_px, width_px), np.uint8)
    corners = np.round(_corners(zone) * (width_px - 1, height_px - 1)).astype(np.int32)
    cv2.fillPoly(mask, [corners], (1,))
    return mask.astype(np.bool_)


def _corners(zone: Polygon) -> NDArray[np.float32]:
    return np.array(zone, np.float32)
