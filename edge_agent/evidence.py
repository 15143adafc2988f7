"""The picture that goes with a sighting: small enough for a bad link, and with no face in it."""

from collections.abc import Iterable

import cv2
import numpy as np

from detector.detection import BoundingBox
from detector.pictures import Pixels

MAX_BYTES = 30_000
LONGEST_SIDE_PX = 640
HIDDEN_ASIDE, HIDDEN_ABOVE = 0.3, 0.15  # of the box: an arm or a bicycle often sticks out
_MOSAIC_CELLS = 6
_QUALITIES = (85, 75, 65, 55, 45, 35, 25)
_SHRINK = 0.75


class NoEvidenceError(ValueError):
    """The frame cannot be made small enough to send."""


def evidence_of(
    pixels: Pixels, people: Iterable[BoundingBox], *, at_most_bytes: int = MAX_BYTES
) -> bytes:
    """Return the whole frame as a JPEG that is small enough, with people made unrecognisable.

    The whole frame and no crop, because the boxes of a message are fractions of the frame: so the
    console can draw them on this picture as they are. `pixels` (BGR, height x width x 3) are left
    untouched.

    Raises:
        NoEvidenceError: not even the smallest, coarsest picture is small enough (or the frame is
        empty).
    """
    picture = hide(_shrunk(pixels, LONGEST_SIDE_PX), people)
    while min(picture.shape[:2]) >= 8:
        encoded = _finest(picture, at_most_bytes)
        if encoded is not None:
            return encoded
        picture = _shrunk(picture, int(max(picture.shape[:2]) * _SHRINK))
    raise NoEvidenceError(
        f"a frame of {pixels.shape[1]} x {pixels.shape[0]} cannot be made small enough"
    )


def hide(pixels: Pixels, people: Iterable[BoundingBox]) -> Pixels:
    """Return a copy in which each box, widened, is a mosaic of 6 x 6 cells."""
    hidden = pixels.copy()
    for box in people:
        left, top, right, bottom = widened(box, width=pixels.shape[1], height=pixels.shape[0])
        region = hidden[top:bottom, left:right]
        if region.size:
            cells = cv2.resize(region, (_MOSAIC_CELLS, _MOSAIC_CELLS), interpolation=cv2.INTER_AREA)
            size = (region.shape[1], region.shape[0])
            hidden[top:bottom, left:right] = cv2.resize(
                cells, size, interpolation=cv2.INTER_NEAREST
            )
    return hidden


def widened(box: BoundingBox, *, width: int, height: int) -> tuple[int, int, int, int]:
    """Return what is hidden for a box, in pixels: left, top, and the first beyond on each side."""
    aside, above = box.width * HIDDEN_ASIDE, box.height * HIDDEN_ABOVE
    # Outwards to whole pixels: a margin that is rounded away would leave an edge of a face.
    left = max(0, int(np.floor((box.left - aside) * width)))
    top = max(0, int(np.floor((box.top - above) * height)))
    right = min(width, int(np.ceil((box.left + box.width + aside) * width)))
    bottom = min(height, int(np.ceil((box.top + box.height + above) * height)))
    return left, top, right, bottom


def _finest(picture: Pixels, at_most_bytes: int) -> bytes | None:
    """Encode as finely as fits, halving the choice each time: a warning waits for this."""
    best: bytes | None = None
    finest, coarsest = 0, len(_QUALITIES)
    while finest < coarsest:
        middle = (finest + coarsest) // 2
        encoded = _jpeg(picture, _QUALITIES[middle])
        if len(encoded) <= at_most_bytes:
            best, coarsest = encoded, middle
        else:
            finest = middle + 1
    return best


def _shrunk(pixels: Pixels, longest_side_px: int) -> Pixels:
    height, width = pixels.shape[:2]
    scale = longest_side_px / max(height, width, 1)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise NoEvidenceError("the frame cannot be written as JPEG")
    return encoded.tobytes()
