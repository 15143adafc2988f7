"""Turns files and bytes into pixels, or says in one sentence why they are not a picture."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.picture_header import BrokenHeaderError, PictureHeader, read_header

Pixels = NDArray[np.uint8]
"""A picture in memory: height x width x 3, blue-green-red, 0 to 255."""

MAX_FILE_BYTES = 40_000_000
MAX_PIXELS = 64_000_000


# A JPEG can be unfolded at a fraction of its size, which skips most of the work.
REDUCED = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
}


class UnreadablePictureError(ValueError):
    """These bytes are not a picture we can look at; the message says why."""


def read_picture(path: Path, *, least_side_px: int | None = None) -> Pixels:
    """Read one picture file, turned upright as its EXIF says.

    Returns height x width x 3 blue-green-red pixels, reduced as `decode_picture` does it. Raises
    `UnreadablePictureError` if the file is missing, too large, cut short or no picture.
    """
    try:
        size_bytes = path.stat().st_size
        if size_bytes > MAX_FILE_BYTES:
            raise UnreadablePictureError(
                f"{size_bytes / 1e6:.0f} MB, more than the {MAX_FILE_BYTES / 1e6:.0f} MB allowed"
            )
        data = path.read_bytes()
    except OSError as error:
        raise UnreadablePictureError(f"cannot be opened: {error.strerror or error}") from error
    return decode_picture(data, least_side_px=least_side_px)


def decode_picture(data: bytes, *, least_side_px: int | None = None) -> Pixels:
    """Decode the bytes of one picture; the size is checked before anything is unfolded.

    Who only shows it to a network may name the network's side as `least_side_px`: a JPEG is then
    unfolded at a half, a quarter or an eighth, its longer side never below that many pixels.
    Returns height x width x 3 blue-green-red pixels. Raises `UnreadablePictureError`.
    """
    if not data:
        raise UnreadablePictureError("the file is empty")
    if len(data) > MAX_FILE_BYTES:
        raise UnreadablePictureError(f"more than {MAX_FILE_BYTES / 1e6:.0f} MB")
    try:
        header = read_header(data)
    except BrokenHeaderError as error:
        raise UnreadablePictureError(str(error)) from error
    _check(header)
    return _decode(data, header, _flag(header, least_side_px))


def _check(header: PictureHeader) -> None:
    if header.width < 1 or header.height < 1:
        raise UnreadablePictureError(f"a {header.kind} without a size")
    if header.width * header.height > MAX_PIXELS:
        raise UnreadablePictureError(
            f"{header.width} x {header.height} pixels, more than the "
            f"{MAX_PIXELS / 1e6:.0f} million allowed"
        )
    if not header.complete:
        raise UnreadablePictureError(f"the {header.kind} is cut short: its end is missing")


def _flag(header: PictureHeader, least_side_px: int | None) -> int:
    """Return how OpenCV shall unfold a picture: whole, or as small as is still enough."""
    if least_side_px is None or header.kind != "JPEG":
        return cv2.IMREAD_COLOR
    longer_px = max(header.width, header.height)
    enough = (flag for divisor, flag in REDUCED.items() if longer_px >= divisor * least_side_px)
    return next(enough, cv2.IMREAD_COLOR)


def _decode(data: bytes, header: PictureHeader, flag: int) -> Pixels:
    damaged = f"the {header.kind} is damaged and cannot be decoded"
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error as error:
        raise UnreadablePictureError(damaged) from error
    if pixels is None:
        raise UnreadablePictureError(damaged)
    return np.asarray(pixels, np.uint8)
