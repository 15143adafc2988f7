"""Four ways to write down a box, to and from the project's one (fractions, top-left corner).

| who | numbers | unit |
| --- | --- | --- |
| MegaDetector | x_min, y_min, width, height | fractions |
| Camtrap DP | bboxX, bboxY, bboxWidth, bboxHeight (top-left) | fractions |
| COCO, COCO Camera Traps | x, y, width, height (top-left) | pixels |
| YOLO | x_centre, y_centre, width, height | fractions |
"""

import math

from detector.detection import BoundingBox

Numbers = tuple[float, float, float, float]

OVERSHOOT = 0.01
"""Annotators drag beyond the border and tools round: this much (of the frame) is cut silently."""


def from_megadetector(numbers: Numbers) -> BoundingBox:
    """Read `[x_min, y_min, width, height]` fractions."""
    return BoundingBox(*numbers)


def to_megadetector(box: BoundingBox) -> Numbers:
    """Write `[x_min, y_min, width, height]` fractions."""
    return box.left, box.top, box.width, box.height


def from_camtrap_dp(numbers: Numbers) -> BoundingBox:
    """Read bboxX, bboxY, bboxWidth, bboxHeight: fractions, X and Y of the top-left corner."""
    return BoundingBox(*numbers)


def to_camtrap_dp(box: BoundingBox) -> Numbers:
    """Write bboxX, bboxY, bboxWidth, bboxHeight."""
    return box.left, box.top, box.width, box.height


def from_coco(numbers: Numbers, frame_width: float, frame_height: float) -> BoundingBox:
    """Read `[x, y, width, height]` in pixels of a frame of this size. Raises ValueError."""
    _check_frame(frame_width, frame_height)
    left, top, width, height = numbers
    return BoundingBox(
        left / frame_width, top / frame_height, width / frame_width, height / frame_height
    )


def to_coco(box: BoundingBox, frame_width: float, frame_height: float) -> Numbers:
    """Write `[x, y, width, height]` in pixels of a frame of this size. Raises ValueError."""
    _check_frame(frame_width, frame_height)
    return (
        box.left * frame_width,
        box.top * frame_height,
        box.width * frame_width,
        box.height * frame_height,
    )


def from_yolo(numbers: Numbers) -> BoundingBox:
    """Read `x_centre y_centre width height` fractions."""
    centre_x, centre_y, width, height = numbers
    return BoundingBox(centre_x - width / 2, centre_y - height / 2, width, height)


def to_yolo(box: BoundingBox) -> Numbers:
    """Write `x_centre y_centre width height` fractions."""
    return box.left + box.width / 2, box.top + box.height / 2, box.width, box.height


def within_frame(box: BoundingBox, overshoot: float = OVERSHOOT) -> BoundingBox:
    """Cut a box at the frame's border.

    Raises ValueError with a plain reason if it has no size, is made of no numbers, or leaves the
    frame by more than `overshoot` (a fraction): then it was written in another convention.
    """
    if not all(map(math.isfinite, to_megadetector(box))):
        raise ValueError("the box is not made of finite numbers")
    if box.width <= 0 or box.height <= 0:
        raise ValueError("the box has no size")
    if min(box.left, box.top) < -overshoot or max(box.right, box.bottom) > 1 + overshoot:
        raise ValueError("the box leaves the frame")
    if min(box.left, box.top) >= 0 and max(box.right, box.bottom) <= 1:
        return box
    left, top = max(box.left, 0.0), max(box.top, 0.0)
    width, height = min(box.right, 1.0) - left, min(box.bottom, 1.0) - top
    if width <= 0 or height <= 0:
        raise ValueError("the box lies outside the frame")
    return BoundingBox(left, top, width, height)


def _check_frame(width: float, height: float) -> None:
    if not (width > 0 and height > 0):
        raise ValueError(f"a frame of {width} x {height} pixels has no fractions")
