"""Pictures for people: boxes drawn on a frame, and the small crop that travels with an alert."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from detector.detection import BoundingBox, Detection, Label
from detector.pictures import Pixels

COLOURS: dict[Label, tuple[int, int, int]] = {  # blue, green, red
    Label.ELEPHANT: (40, 160, 255),
    Label.PERSON: (80, 80, 230),
    Label.VEHICLE: (210, 160, 60),
    Label.ANIMAL: (90, 190, 90),
}
INK = (20, 20, 20)
CONTEXT = 0.35
"""How much of the box's longer side is kept around it, to show where the animal stands."""
LONGEST_SIDES_PX = (960, 720, 560, 440, 340, 260, 180)
QUALITIES = (80, 65, 50, 35)
LAST_RESORT = (96, 20)


class CropError(ValueError):
    """The crop cannot be made: the limit is smaller than any picture."""


@dataclass(frozen=True, slots=True)
class EncodedCrop:
    """A small picture ready to travel. `box_in_crop` is the box as fractions of the crop."""

    data: bytes
    media_type: str
    width_px: int
    height_px: int
    box_in_crop: BoundingBox


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


def evidence_crop(pixels: Pixels, box: BoundingBox, *, max_bytes: int = 30_000) -> EncodedCrop:
    """Cut out a box with its surroundings as one WebP of at most `max_bytes`.

    Never enlarged. Quality gives way first, then size: a small sharp picture shows an elephant
    better than a large smeared one. Raises `CropError` if no size fits.
    """
    left, top, right, bottom = _with_context(box, pixels)
    crop = pixels[top:bottom, left:right]
    height, width = pixels.shape[:2]
    crop_width, crop_height = right - left, bottom - top
    inside = BoundingBox(
        (box.left * width - left) / crop_width,
        (box.top * height - top) / crop_height,
        box.width * width / crop_width,
        box.height * height / crop_height,
    )
    data, (width_px, height_px) = _smallest_loss(crop, max_bytes)
    return EncodedCrop(data, "image/webp", width_px, height_px, inside)


def _smallest_loss(crop: Pixels, max_bytes: int) -> tuple[bytes, tuple[int, int]]:
    for longest_px in LONGEST_SIDES_PX:
        smaller = _shrunk(crop, longest_px)
        size = (smaller.shape[1], smaller.shape[0])
        for quality in QUALITIES:
            data = _webp(smaller, quality)
            if len(data) <= max_bytes:
                return data, size
    longest_px, quality = LAST_RESORT
    smaller = _shrunk(crop, longest_px)
    data = _webp(smaller, quality)
    if len(data) > max_bytes:
        raise CropError(f"no crop fits into {max_bytes} bytes")
    return data, (smaller.shape[1], smaller.shape[0])


def _with_context(box: BoundingBox, pixels: Pixels) -> tuple[int, int, int, int]:
    height, width = pixels.shape[:2]
    left, top, right, bottom = _corners_px(box, width, height)
    around = round(CONTEXT * max(right - left, bottom - top))
    return (
        max(0, left - around),
        max(0, top - around),
        min(width, right + around),
        min(height, bottom + around),
    )


def _corners_px(box: BoundingBox, width: int, height: int) -> tuple[int, int, int, int]:
    """Return whole pixels inside the frame, at least one wide and high."""
    left = min(max(0, round(box.left * width)), width - 1)
    top = min(max(0, round(box.top * height)), height - 1)
    right = min(max(left + 1, round(box.right * width)), width)
    bottom = min(max(top + 1, round(box.bottom * height)), height)
    return left, top, right, bottom


def _shrunk(picture: Pixels, longest_px: int) -> Pixels:
    height, width = picture.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _webp(picture: Pixels, quality: int) -> bytes:
    encoded, data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not encoded:
        raise CropError("this OpenCV cannot write WebP")
    return data.tobytes()


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
