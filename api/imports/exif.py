"""When a picture says it was taken: the one field of EXIF we read, without decoding the picture."""

import struct

_EXIF, _TAKEN, _CHANGED, _SUB = b"Exif\x00\x00", 0x9003, 0x0132, 0x8769
_ASCII = 2
_MOST_FIELDS = 200


def taken_text(picture: bytes) -> str | None:
    """Return the camera's own time of a JPEG as it stands there; None if there is none."""
    try:
        block = _block(picture)
        return _taken(block) if block is not None else None
    except (struct.error, IndexError, UnicodeDecodeError):
        return None


def _block(picture: bytes) -> bytes | None:
    at = 2
    while picture.startswith(b"\xff\xd8") and picture[at] == 0xFF and picture[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", picture, at + 2)
        body = picture[at + 4 : at + 2 + length]
        if picture[at + 1] == 0xE1 and body.startswith(_EXIF):
            return body[len(_EXIF) :]
        at += 2 + length
    return None


def _taken(block: bytes) -> str | None:
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return None
    (first,) = struct.unpack_from(order + "I", block, 4)
    fields = _fields(block, first, order)
    if _SUB in fields:
        (inner,) = struct.unpack_from(order + "I", block, fields[_SUB] + 8)
        fields = fields | _fields(block, inner, order)
    at = fields.get(_TAKEN, fields.get(_CHANGED))
    if at is None:
        return None
    kind, count, where = struct.unpack_from(order + "HII", block, at + 2)
    if kind != _ASCII or not 19 <= count <= 40:
        return None
    return block[where : where + count].decode("ascii")


def _fields(block: bytes, at: int, order: str) -> dict[int, int]:
    """Return where each field of a directory lies, by its tag."""
    (count,) = struct.unpack_from(order + "H", block, at)
    found = {}
    for number in range(min(count, _MOST_FIELDS)):
        entry = at + 2 + 12 * number
        (tag,) = struct.unpack_from(order + "H", block, entry)
        found[tag] = entry
    return found
