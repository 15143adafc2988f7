"""Reads results in MegaDetector's batch format (1.x), beside the pictures they speak of."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from api.errors import InvalidError
from api.imports.archive import LARGEST_TABLE, Archive
from api.imports.incoming import (
    Incoming,
    IncomingEvent,
    IncomingFrame,
    Place,
    exif_moment,
    grouped,
    light_at,
)
from api.imports.pictures import taken_of
from api.text import PlainText

_LABELS = {
    "elephant": "elephant",
    "animal": "animal",
    "person": "person",
    "vehicle": "vehicle",
    "human": "person",
}
Fraction = Annotated[float, Field(ge=0, le=1)]


class _Seen(BaseModel):
    category: str
    conf: Fraction
    bbox: tuple[Fraction, Fraction, Fraction, Fraction]


class _Image(BaseModel):
    file: Annotated[PlainText, Field(min_length=1, max_length=1000)]
    detections: list[_Seen] | None = None
    failure: str | None = None
    datetime: str | None = None
    location: Annotated[PlainText, Field(max_length=200)] | None = None


class _Info(BaseModel):
    detector: Annotated[PlainText, Field(max_length=300)] = "unknown"


class _Batch(BaseModel):
    info: _Info = _Info()
    detection_categories: dict[str, str]
    images: list[_Image]


def read_megadetector(archive: Archive, place: Place, zone: tzinfo) -> Incoming:
    """Read the one JSON file inside that is a batch.

    Raises:
        InvalidError: there is none.
    """
    name, batch = _batch(archive)
    root = name.rpartition("/")[0]
    left_out: list[str] = []
    frames = list(_frames(archive, batch, root, place, zone, left_out))
    return Incoming([IncomingEvent(group) for group in grouped(frames)], left_out)


def _batch(archive: Archive) -> tuple[str, _Batch]:
    tried = ""
    for inside in archive.files:
        if not inside.name.lower().endswith(".json"):
            continue
        try:
            return inside.name, _Batch.model_validate_json(archive.read(inside.name, LARGEST_TABLE))
        except ValidationError as error:
            wrong = error.errors()[0]
            where = ".".join(map(str, wrong["loc"])) or "the file"
            tried = f": {inside.name}: {where}: {wrong['msg']}"
    raise InvalidError(f"there are no MegaDetector results inside{tried}")


def _frames(
    archive: Archive,
    batch: _Batch,
    root: str,
    place: Place,
    zone: tzinfo,
    left_out: list[str],
) -> Iterator[IncomingFrame]:
    labels = {
        number: _LABELS.get(name.lower(), "animal")
        for number, name in batch.detection_categories.items()
    }
    for image in batch.images:
        file = f"{root}/{image.file}" if root else image.file
        if image.failure is not None or image.detections is None:
            left_out.append(f"{image.file}: {image.failure or 'was not looked at'}")
            continue
        at = exif_moment(image.datetime, zone) if image.datetime else None
        at = at or taken_of(archive, file, zone)
        if at is None:
            left_out.append(f"{image.file}: nobody says when it was taken")
            continue
        folder = PurePosixPath(image.file).parent.name
        yield IncomingFrame(
            foreign_id=image.file[:300],
            file=file,
            place=place,
            deployment_id=(image.location or folder or "imported")[:80],
            captured_at=at,
            lighting=light_at(at, zone),
            release=batch.info.detector[:80] or "unknown",
            animals=tuple(_animal(seen, labels) for seen in image.detections),
        )


def _animal(seen: _Seen, labels: Mapping[str, str]) -> dict[str, object]:
    return {
        "label": labels.get(seen.category, "animal"),
        "confidence": seen.conf,
        "box": list(seen.bbox),
        "touches_edge": False,
    }
