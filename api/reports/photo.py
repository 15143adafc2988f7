"""A photograph without what the phone wrote around it: place, owner, time, a smaller copy."""

from api.errors import InvalidError

LARGEST_BYTES = 400_000

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})  # a marker that stands alone
_ESCAPED = frozenset({0x00, *range(0xD0, 0xD8)})  # after 0xFF in a scan: data, or a restart
_ADOBE = 0xEE  # says how colours are meant: without it they are wrong
_COMMENT = 0xFE


def without_metadata(jpeg: bytes) -> bytes:
    """Return the JPEG picture without EXIF, XMP, comments, or anything after its end.

    The phone takes these away already; a privacy that rests on the client alone is none.

    Raises:
        InvalidError: this is no whole JPEG.
    """
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise InvalidError("the photo is not a JPEG", code="bad_photo")
    kept = [jpeg[:2]]
    at = 2
    while True:
        marker, start = _next_marker(jpeg, at)
        if marker == _END:
            return b"".join([*kept, b"\xff\xd9"])
        at = start if marker in _NO_LENGTH else start + _length(jpeg, start)
        if marker == _SCAN:
            at = _end_of_scan(jpeg, at)
        if not _is_metadata(marker):
            kept.append(b"\xff" + jpeg[start - 1 : at])


def _next_marker(jpeg: bytes, at: int) -> tuple[int, int]:
    """Return the marker at a place, past its fill bytes, and where what follows begins."""
    if at >= len(jpeg) or jpeg[at] != 0xFF:
        raise InvalidError("the photo is damaged", code="bad_photo")
    while at < len(jpeg) and jpeg[at] == 0xFF:
        at += 1
    if at >= len(jpeg):
        raise InvalidError("the photo is cut short", code="bad_photo")
    return jpeg[at], at + 1


def _length(jpeg: bytes, at: int) -> int:
    length = int.from_bytes(jpeg[at : at + 2], "big")
    if length < 2 or at + length > len(jpeg):
        raise InvalidError("the photo is cut short", code="bad_photo")
    return length


def _end_of_scan(jpeg: bytes, at: int) -> int:
    while True:
        at = jpeg.find(b"\xff", at)
        if at < 0 or at + 1 >= len(jpeg):
            raise InvalidError("the photo is cut short", code="bad_photo")
        if jpeg[at + 1] not in _ESCAPED and jpeg[at + 1] != 0xFF:
            return at
        at += 1 if jpeg[at + 1] == 0xFF else 2


def _is_metadata(marker: int) -> bool:
    return marker == _COMMENT or (0xE1 <= marker <= 0xEF and marker != _ADOBE)
