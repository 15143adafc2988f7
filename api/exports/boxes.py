"""Boxes in the three ways of the field, there and back without losing a pixel.

Ours, Camtrap DP's and MegaDetector's: left, top, width, height in fractions of the frame. COCO's:
the same in pixels. YOLO's: the centre, width and height in fractions.
"""

from collections.abc import Sequence

Box = tuple[float, float, float, float]

DECIMALS = 8  # of a fraction: a thousandth of a pixel in the widest camera there is
PIXEL_DECIMALS = 3


def rounded(box: Sequence[float], decimals: int = DECIMALS) -> Box:
    """Return the box with so many decimals, as it is written."""
    left, top, width, height = (round(float(side), decimals) + 0.0 for side in box)
    return left, top, width, height


def to_coco(box: Sequence[float], width: int, height: int) -> Box:
    """Return a box in pixels of a picture of that size."""
    left, top, wide, high = box
    return rounded((left * width, top * height, wide * width, high * height), PIXEL_DECIMALS)


def from_coco(box: Sequence[float], width: int, height: int) -> Box:
    """Return a box in fractions of a picture of that size."""
    left, top, wide, high = box
    return left / width, top / height, wide / width, high / height


def to_yolo(box: Sequence[float]) -> Box:
    """Return centre, width and height in fractions."""
    left, top, wide, high = box
    return rounded((left + wide / 2, top + high / 2, wide, high))


def from_yolo(box: Sequence[float]) -> Box:
    """Return left, top, width and height in fractions."""
    x, y, wide, high = box
    return x - wide / 2, y - high / 2, wide, high
