"""Which bytes are a picture."""

_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_RIFF, _WEBP = b"RIFF", b"WEBP"


def media_type_of(picture: bytes) -> str | None:
    """Return the media type of a JPEG or WebP picture, None for anything else.

    Only its outline is read: nothing on the server decodes what came from outside.
    """
    if picture.startswith(_JPEG) and picture.rstrip(b"\0").endswith(_JPEG_END):
        return "image/jpeg"
    if picture[:4] == _RIFF and picture[8:12] == _WEBP:
        length = int.from_bytes(picture[4:8], "little") + 8
        return "image/webp" if length <= len(picture) else None
    return None
