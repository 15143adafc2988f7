"""Reads one thing from a JPEG's EXIF: when the picture was taken.

A station carries no imaging library beside OpenCV, and OpenCV hands out no capture time.
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

_EXIF_POINTER = 0x8769
_TAKEN_AT = 0x9003  # DateTimeOriginal
_TAKEN_AT_OFFSET = 0x9011  # OffsetTimeOriginal
_ASCII = 2
_MOST_TAGS = 512


def captured_at_of(head: bytes, zone: tzinfo) -> datetime | None:
    """Return when a picture was taken, in UTC; None if it does not say, whatever the bytes.

    Args:
        head: the beginning of a JPEG file; EXIF lies in its first 64 KiB.
        zone: the camera's zone, used where the picture names no offset of its own.
    """
    tiff = _tiff_in(head)
    if tiff is None:
        return None
    try:
        tags = _tags(tiff)
    except (struct.error, IndexError):
        return None  # cut short or scrambled
    return _time_in(tags, zone)


def _tiff_in(head: bytes) -> bytes | None:
    position = 2
    if head[:2] != b"\xff\xd8":
        return None
    while position + 4 <= len(head) and head[position] == 0xFF:
        marker, size = head[position + 1], int.from_bytes(head[position + 2 : position + 4], "big")
        segment = head[position + 4 : position + 2 + size]
        if marker == 0xE1 and segment.startswith(b"Exif\0\0"):
            return segment[6:]
        if marker == 0xDA or size < 2:
            return None  # the picture itself begins
        position += 2 + size
    return None


def _tags(tiff: bytes) -> dict[int, str]:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return {}
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    below = {tag: value for tag, _, _, value in _entries(tiff, order, first)}
    if _EXIF_POINTER not in below:
        return {}
    return {
        tag: _text(tiff, order, count, value)
        for tag, kind, count, value in _entries(tiff, order, below[_EXIF_POINTER])
        if kind == _ASCII
    }


def _entries(tiff: bytes, order: str, start: int) -> Iterator[tuple[int, int, int, int]]:
    (number,) = struct.unpack_from(order + "H", tiff, start)
    for index in range(min(number, _MOST_TAGS)):
        tag, kind, count, value = struct.unpack_from(order + "HHII", tiff, start + 2 + 12 * index)
        yield tag, kind, count, value


def _text(tiff: bytes, order: str, count: int, value: int) -> str:
    # Four bytes or fewer stand in the place of their own address.
    raw = struct.pack(order + "I", value) if count <= 4 else tiff[value : value + count]
    return raw[:count].split(b"\0")[0].decode("ascii", "replace").strip()


def _time_in(tags: dict[int, str], zone: tzinfo) -> datetime | None:
    if _TAKEN_AT not in tags:
        return None
    written = tags[_TAKEN_AT]
    try:
        taken_at = datetime.strptime(written, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
        if _TAKEN_AT_OFFSET in tags:
            taken_at = datetime.strptime(written + tags[_TAKEN_AT_OFFSET], "%Y:%m:%d %H:%M:%S%z")
        return taken_at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
