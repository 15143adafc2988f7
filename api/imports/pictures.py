"""Reads a folder or ZIP of pictures that nobody has looked at: each folder is a camera."""

from datetime import datetime, tzinfo
from pathlib import PurePosixPath

from api.errors import InvalidError
from api.imports.archive import LARGEST_PICTURE, Archive
from api.imports.exif import taken_text
from api.imports.incoming import (
    Incoming,
    IncomingEvent,
    IncomingFrame,
    Place,
    exif_moment,
    grouped,
    light_at,
)

_PICTURES = (".jpg", ".jpeg", ".webp")


def read_pictures(archive: Archive, place: Place, zone: tzinfo) -> Incoming:
    """Read all JPEG and WebP pictures; their time is the camera's, from EXIF.

    Raises:
        InvalidError: there is no picture inside.
    """
    left_out: list[str] = []
    frames = []
    for inside in archive.files:
        if not inside.name.lower().endswith(_PICTURES):
            left_out.append(f"{inside.name}: neither a JPEG nor a WebP picture")
            continue
        at = taken_of(archive, inside.name, zone)
        if at is None:
            left_out.append(f"{inside.name}: it does not say when it was taken (no EXIF time)")
            continue
        folder = PurePosixPath(inside.name).parent.name
        frames.append(
            IncomingFrame(
                foreign_id=inside.name[:300],
                file=inside.name,
                place=place,
                deployment_id=(folder or "imported")[:80],
                captured_at=at,
                lighting=light_at(at, zone),
                release="none",
            )
        )
    if not frames and not left_out:
        raise InvalidError("there is no picture inside")
    return Incoming([IncomingEvent(group) for group in grouped(frames)], left_out)


def taken_of(archive: Archive, name: str, zone: tzinfo) -> datetime | None:
    """Return when a picture says it was taken; None if it is not there or does not say."""
    if name not in archive:
        return None
    try:
        text = taken_text(archive.read(name, LARGEST_PICTURE))
    except InvalidError:
        return None
    return exif_moment(text, zone) if text is not None else None
