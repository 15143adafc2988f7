"""MegaDetector's batch results: what a machine believed, from a confidence on that you choose.

Its `animal` may be an elephant. It only counts as another animal where the file names elephants
too, or where you say so; a classification of the box, if there is one, says it best.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from detector.detection import Label
from detector.training.sources.boxes import Numbers, from_megadetector
from detector.training.sources.entries import (
    Entry,
    LabelledThing,
    LeftOut,
    Source,
    SourcePicture,
    UnusableError,
    picture_below,
    read_json,
    read_object,
    read_records,
    thing,
)
from detector.training.sources.vocabulary import Unlabelled, Vocabulary, plain_name

Share = Annotated[float, Field(ge=0, le=1)]


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Maker(_Lenient):
    format_version: str
    detector: str = "unnamed detector"


class _Document(_Lenient):
    info: _Maker
    detection_categories: dict[str, str]
    classification_categories: dict[str, str] = {}
    images: list[Any]


class _Seen(_Lenient):
    category: str
    conf: Share
    bbox: Numbers
    classifications: list[tuple[str, Share]] = []


class _Image(_Lenient):
    file: str
    detections: list[_Seen] | None = None
    failure: str | None = None


def read_batch(path: Path, pictures: Path, vocabulary: Vocabulary, confidence: float) -> Source:
    """Read a batch file; pictures lie below `pictures`. Raises UnreadableSourceError."""
    document = read_object(_Document, read_json(path), path)
    images, bad = read_records(_Image, document.images, lambda index: f"{path}, images[{index}]")
    reader = _Reader(document, vocabulary, confidence)
    entries: list[Entry] = [*bad.values(), *(_entry(image, pictures, reader) for image in images)]
    return Source(tuple(entries))


class _Reader:
    """Names what was seen, by the file's own categories."""

    def __init__(self, document: _Document, vocabulary: Vocabulary, confidence: float) -> None:
        self.by = f"machine: {document.info.detector}"
        self._categories: Mapping[str, str] = document.detection_categories
        self._species: Mapping[str, str] = document.classification_categories
        self._vocabulary = vocabulary
        self._confidence = confidence
        meanings = map(
            replace(vocabulary, only=frozenset(Label)).meaning, self._categories.values()
        )
        self._tells_elephants = Label.ELEPHANT in meanings

    def things(self, seen: Sequence[_Seen]) -> tuple[LabelledThing, ...]:
        """Return what is believed. Raises ValueError if a box is bad or may be an elephant."""
        believed = [one for one in seen if one.conf >= self._confidence]
        read = [(self._label(one), from_megadetector(one.bbox)) for one in believed]
        return tuple(thing(label, box) for label, box in read if label is not None)

    def _label(self, seen: _Seen) -> Label | None:
        name = self._name(seen)
        meaning = self._vocabulary.meaning(name)
        if meaning is Unlabelled.UNSURE and self._tells_elephants and plain_name(name) == "animal":
            meaning = self._vocabulary.wanted(Label.ANIMAL)
        if meaning is Unlabelled.UNSURE:
            raise UnusableError(f"shows {name!r}: it may be an elephant (--map {name}=… decides)")
        return meaning if isinstance(meaning, Label) else None

    def _name(self, seen: _Seen) -> str:
        if seen.category not in self._categories:
            raise ValueError(f"category {seen.category} has no name")
        if seen.classifications:
            surest, _ = max(seen.classifications, key=lambda one: one[1])
            return self._species.get(surest, "")
        return self._categories[seen.category]


def _entry(image: _Image, pictures: Path, reader: _Reader) -> Entry:
    if image.failure is not None or image.detections is None:
        return LeftOut(image.file, f"the detector failed: {image.failure or 'no reason given'}")
    try:
        path = picture_below(pictures, image.file)
        things = reader.things(image.detections)
    except UnusableError as error:
        return LeftOut(image.file, str(error))
    except ValueError as error:
        return LeftOut(image.file, str(error), is_fault=True)
    return SourcePicture(path=path, name=image.file, things=things, label_by=reader.by)
