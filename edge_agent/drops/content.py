"""Says from its bytes whether something a camera delivered is a whole picture or clip.

Names and content types are the sender's; only the bytes are believed. FTP marks the end of an
upload by hanging up, just as a lost link does, so a file without its end must be recognised here.
"""

from detector.picture_header import BrokenHeaderError, read_header

_SUFFIX_OF_PICTURE = {"JPEG": ".jpg", "PNG": ".png", "WebP": ".webp", "BMP": ".bmp"}
_CUT_SHORT = "the clip is cut short: its end is missing"


class UnfitContentError(ValueError):
    """These bytes are no whole picture and no whole clip; the message says why."""


def suffix_of(data: bytes) -> str:
    """Return the suffix that fits a whole picture or clip: `.jpg`, `.mp4` …

    Raises:
        UnfitContentError: another kind of file, or one that is cut short.
    """
    if data[4:8] == b"ftyp":
        return _suffix_of_mp4(data)
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        if len(data) < int.from_bytes(data[4:8], "little") + 8:
            raise UnfitContentError(_CUT_SHORT)
        return ".avi"
    return _suffix_of_picture(data)


def _suffix_of_picture(data: bytes) -> str:
    try:
        header = read_header(data)
    except BrokenHeaderError as error:
        raise UnfitContentError(f"{error}, nor an MP4 or AVI clip") from error
    if not header.complete:
        raise UnfitContentError(f"the {header.kind} is cut short: its end is missing")
    return _SUFFIX_OF_PICTURE[header.kind]


def _suffix_of_mp4(data: bytes) -> str:
    """Walk the outermost boxes: each must end within the file, and one must be the index."""
    at, has_index = 0, False
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        elif size == 0:  # to the end of the file
            size = len(data) - at
        if size < 8 or at + size > len(data):
            raise UnfitContentError(_CUT_SHORT)
        has_index = has_index or data[at + 4 : at + 8] == b"moov"
        at += size
    if not has_index:
        raise UnfitContentError(_CUT_SHORT)
    return ".mov" if data[8:12] == b"qt  " else ".mp4"
