"""How many pixels a picture has, from its first bytes: nothing is decoded."""

import struct

_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def size_of(picture: bytes) -> tuple[int, int] | None:
    """Return width and height of a JPEG or WebP picture; None if its header does not tell."""
    try:
        if picture.startswith(b"\xff\xd8"):
            return _jpeg(picture)
        if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
            return _webp(picture)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(picture: bytes) -> tuple[int, int] | None:
    at = 2
    while picture[at] == 0xFF:
        marker = picture[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _NO_LENGTH:
            at += 2
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", picture, at + 5)
            return (width, height) if width and height else None
        else:
            at += 2 + struct.unpack_from(">H", picture, at + 2)[0]
    return None


def _webp(picture: bytes) -> tuple[int, int] | None:
    kind = picture[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", picture, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", picture, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return 1 + _three(picture, 24), 1 + _three(picture, 27)
    return None


def _three(picture: bytes, at: int) -> int:
    if at + 3 > len(picture):
        raise IndexError
    return int.from_bytes(picture[at : at + 3], "little")
