"""Pictures for people: boxes drawn on a frame."""

from collections.abc import Iterable

import cv2

from detector.detection import BoundingBox, Detection, Label
from detector.pictures import Pixels

COLOURS: dict[Label, tuple[int, int, int]] = {  # blue, green, red
    Label.ELEPHANT: (40, 160, 255),
    Label.PERSON: (80, 80, 230),
    Label.VEHICLE: (210, 160, 60),
    Label.ANIMAL: (90, 190, 90),
}
INK = (20, 20, 20)


def annotate(pixels: Pixels, detections: Iterable[Detection]) -> Pixels:
    """Return a copy of a height x width x 3 picture with a named box around each detection."""
    drawn = pixels.copy()
    height, width = drawn.shape[:2]
    unit = max(1, round(min(height, width) / 300))
    for seen in sorted(detections, key=lambda seen: seen.confidence):  # the surest on top
        left, top, right, bottom = _corners_px(seen.box, width, height)
        cv2.rectangle(drawn, (left, top), (right, bottom), COLOURS[seen.label], unit + 1)
        _write(drawn, f"{seen.label} {seen.confidence:.2f}", (left, top), COLOURS[seen.label], unit)
    return drawn


def _corners_px(box: BoundingBox, width: int, height: int) -> tuple[int, int, int, int]:
    """Return whole pixels inside the frame, at least one wide and high."""
    left = min(max(0, round(box.left * width)), width - 1)
    top = min(max(0, round(box.top * height)), height - 1)
    right = min(max(left + 1, round(box.right * width)), width)
    bottom = min(max(top + 1, round(box.bottom * height)), height)
    return left, top, right, bottom


def _write(
    picture: Pixels, words: str, corner: tuple[int, int], colour: tuple[int, int, int], unit: int
) -> None:
    """Write on a filled strip above the corner, or below it at the top of the frame."""
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.4 * unit
    (width, height), below = cv2.getTextSize(words, font, scale, unit)
    left = max(0, min(corner[0], picture.shape[1] - width))
    base = corner[1] - below if corner[1] > height + 2 * below else corner[1] + height + below
    cv2.rectangle(
        picture, (left, base - height - below), (left + width, base + below), colour, cv2.FILLED
    )
    cv2.putText(picture, words, (left, base), font, scale, INK, unit, cv2.LINE_AA)
