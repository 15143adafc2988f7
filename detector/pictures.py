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


class UnreadablePictureError(ValueError):
    """These bytes are not a picture we can look at; the message says why."""


def read_picture(path: Path) -> Pixels:
    """Read one picture file, turned upright as its EXIF says.

    Returns height x width x 3 blue-green-red pixels. Raises `UnreadablePictureError` if the file is
    missing, too large, cut short or no picture.
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
    return decode_picture(data)


def decode_picture(data: bytes) -> Pixels:
    """Decode the bytes of one picture; the size is checked before anything is unfolded.

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
    return _decode(data, header)


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


def _decode(data: bytes, header: PictureHeader) -> Pixels:
    damaged = f"the {header.kind} is damaged and cannot be decoded"
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise UnreadablePictureError(damaged) from error
    if pixels is None:
        raise UnreadablePictureError(damaged)
    return np.asarray(pixels, np.uint8)
