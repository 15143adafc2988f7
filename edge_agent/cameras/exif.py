"""Reads two things from a JPEG's EXIF: when the picture was taken, and where.

A station carries no imaging library beside OpenCV, and OpenCV hands out neither.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

EXIF_HEAD_BYTES = 256 * 1024
"""As much of a file's beginning is read: EXIF lies there, before the picture itself."""

_EXIF_POINTER = 0x8769
_GPS_POINTER = 0x8825
_TAKEN_AT = 0x9003  # DateTimeOriginal
_TAKEN_AT_OFFSET = 0x9011  # OffsetTimeOriginal
_NORTH_OR_SOUTH, _LATITUDE, _EAST_OR_WEST, _LONGITUDE = 1, 2, 3, 4
_ASCII, _RATIONAL = 2, 5
_MOST_TAGS = 512


@dataclass(frozen=True, slots=True)
class Position:
    """A place on the earth, WGS 84."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class _Tiff:
    """The block of tags: its bytes, and which end of a number comes first."""

    data: bytes
    order: str


def captured_at_of(head: bytes, zone: tzinfo) -> datetime | None:
    """Return when a picture was taken, in UTC; None if it does not say, whatever the bytes.

    Args:
        head: the beginning of a JPEG file; EXIF lies in its first 64 KiB.
        zone: the camera's zone, used where the picture names no offset of its own.
    """
    tags = _tags_below(head, _EXIF_POINTER)
    return _time_in({tag: value for tag, value in tags.items() if isinstance(value, str)}, zone)


def position_of(head: bytes) -> Position | None:
    """Return where the camera says it stood; None if it does not, whatever the bytes."""
    tags = _tags_below(head, _GPS_POINTER)
    latitude = _degrees(tags.get(_LATITUDE), tags.get(_NORTH_OR_SOUTH), "NS", 90)
    longitude = _degrees(tags.get(_LONGITUDE), tags.get(_EAST_OR_WEST), "EW", 180)
    # A receiver without a fix writes zeros.
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return Position(latitude, longitude)


def _tags_below(head: bytes, pointer: int) -> dict[int, str | list[float]]:
    data = _tiff_in(head)
    order = {b"II": "<", b"MM": ">"}.get(data[:2]) if data is not None else None
    if data is None or order is None:
        return {}
    tiff = _Tiff(data, order)
    try:
        (first,) = struct.unpack_from(order + "I", data, 4)
        below = {tag: value for tag, _, _, value in _entries(tiff, first)}
        if pointer not in below:
            return {}
        return {
            tag: _text(tiff, count, value) if kind == _ASCII else _numbers(tiff, count, value)
            for tag, kind, count, value in _entries(tiff, below[pointer])
            if kind in (_ASCII, _RATIONAL)
        }
    except (struct.error, IndexError):
        return {}  # cut short or scrambled


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


def _entries(tiff: _Tiff, start: int) -> Iterator[tuple[int, int, int, int]]:
    (number,) = struct.unpack_from(tiff.order + "H", tiff.data, start)
    for index in range(min(number, _MOST_TAGS)):
        tag, kind, count, value = struct.unpack_from(
            tiff.order + "HHII", tiff.data, start + 2 + 12 * index
        )
        yield tag, kind, count, value


def _text(tiff: _Tiff, count: int, value: int) -> str:
    # Four bytes or fewer stand in the place of their own address.
    inside = struct.pack(tiff.order + "I", value)
    raw = inside if count <= 4 else tiff.data[value : value + count]
    return raw[:count].split(b"\0")[0].decode("ascii", "replace").strip()


def _numbers(tiff: _Tiff, count: int, value: int) -> list[float]:
    """Fractions; one with nothing below its line is nothing."""
    pairs = struct.iter_unpack(tiff.order + "II", tiff.data[value : value + 8 * min(count, 3)])
    return [above / below if below else 0.0 for above, below in pairs]


def _degrees(
    parts: str | list[float] | None, side: str | list[float] | None, sides: str, most: float
) -> float | None:
    """Return degrees from degrees, minutes and seconds; south and west are below zero."""
    if not isinstance(parts, list) or len(parts) != 3:
        return None
    if not isinstance(side, str) or len(side) != 1 or side not in sides:
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    if degrees > most:
        return None
    return degrees if side == sides[0] else -degrees


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
