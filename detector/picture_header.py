"""Reads a picture's size and completeness from its bytes, before anything is decoded.

Two dangers are met here, because decoders meet them badly: a small file that unfolds into
gigabytes, and a file cut short (a full card, a dropped link) whose missing part some decoders fill
with grey.
"""

import struct
from dataclasses import dataclass

_JPEG_START = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
_JPEG_SCAN = 0xDA
_JPEG_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PNG_START = b"\x89PNG\r\n\x1a\n"
_WEBP_FLAG_AND_SIZE = 30


class BrokenHeaderError(ValueError):
    """The first bytes are those of no picture we read, or contradict themselves."""


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What the first bytes promise: kind, size in pixels, and whether the end is there."""

    kind: str
    width: int
    height: int
    complete: bool


def read_header(data: bytes) -> PictureHeader:
    """Read the header of a JPEG, PNG, WebP or BMP. Raises `BrokenHeaderError`."""
    try:
        if data.startswith(_JPEG_START):
            return _jpeg(data)
        if data.startswith(_PNG_START):
            return _png(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data.startswith(b"BM"):
            return _bmp(data)
    except (struct.error, IndexError) as error:
        raise BrokenHeaderError("its header is cut short") from error
    raise BrokenHeaderError("not a JPEG, PNG, WebP or BMP picture")


def _jpeg(data: bytes) -> PictureHeader:
    """Walk the segments up to the first scan; inside a scan FF D9 can only be the end."""
    width = height = 0
    at = 2
    while True:
        if data[at] != 0xFF:
            raise BrokenHeaderError("its header is damaged")
        marker = data[at + 1]
        if marker == 0xFF:  # padding before a marker
            at += 1
            continue
        if marker in _JPEG_NO_LENGTH:
            at += 2
            continue
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
        (length,) = struct.unpack_from(">H", data, at + 2)
        at += 2 + length
        if marker == _JPEG_SCAN:
            # Looked for from behind, where it is: forwards would be a walk through all the data.
            return PictureHeader("JPEG", width, height, complete=data.rfind(_JPEG_END, at) >= 0)


def _png(data: bytes) -> PictureHeader:
    if data[12:16] != b"IHDR":
        raise BrokenHeaderError("its header is damaged")
    width, height = struct.unpack_from(">II", data, 16)
    return PictureHeader("PNG", width, height, complete=data.rfind(b"IEND") > 0)


def _webp(data: bytes) -> PictureHeader:
    (size,) = struct.unpack_from("<I", data, 4)
    complete = len(data) >= size + 8
    if len(data) < _WEBP_FLAG_AND_SIZE:
        raise BrokenHeaderError("its header is cut short")
    variant = data[12:16]
    if variant == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    elif variant == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif variant == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    else:
        raise BrokenHeaderError("its header is damaged")
    return PictureHeader("WebP", width, height, complete=complete)


def _bmp(data: bytes) -> PictureHeader:
    (size,) = struct.unpack_from("<I", data, 2)
    width, height = struct.unpack_from("<ii", data, 18)
    return PictureHeader("BMP", abs(width), abs(height), complete=len(data) >= size)
