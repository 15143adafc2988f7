"""COCO and COCO Camera Traps: one JSON of images, annotations and categories.

In COCO a picture without annotations shows none of the categories. In COCO Camera Traps it is one
that nobody has looked at, empty ones say so (category `empty`), and an animal may be named without
a box: such a picture is neither a positive nor a negative, and is left out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from detector.detection import BoundingBox, Label
from detector.picture_header import BrokenHeaderError, read_header
from detector.training.sources.boxes import Numbers, from_coco
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
from detector.training.sources.vocabulary import Unlabelled, Vocabulary

Id = int | str
Pixels = Annotated[float, Field(gt=0)]


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Document(_Lenient):
    images: list[Any]
    annotations: list[Any]
    categories: list[Any]
    licenses: list[Any] = []


class _Licence(_Lenient):
    name: str


class _Category(_Lenient):
    id: Id
    name: str


class _Image(_Lenient):
    id: Id
    file_name: str
    width: Pixels | None = None
    height: Pixels | None = None
    location: Id | None = None
    seq_id: Id | None = None


class _Annotation(_Lenient):
    image_id: Id
    category_id: Id
    bbox: Numbers | None = None
    iscrowd: bool = False


def read_coco(path: Path, pictures: Path, vocabulary: Vocabulary) -> Source:
    """Read a COCO file; pictures lie below `pictures`. Raises UnreadableSourceError."""
    return _read(path, pictures, vocabulary, unlooked_is_empty=True)


def read_camera_traps(path: Path, pictures: Path, vocabulary: Vocabulary) -> Source:
    """Read a COCO Camera Traps file likewise. Raises UnreadableSourceError."""
    return _read(path, pictures, vocabulary, unlooked_is_empty=False)


def _read(path: Path, pictures: Path, vocabulary: Vocabulary, *, unlooked_is_empty: bool) -> Source:
    document = read_object(_Document, read_json(path), path)

    def place(kind: str) -> Callable[[int], str]:
        return lambda index: f"{path}, {kind}[{index}]"

    images, bad = read_records(_Image, document.images, place("images"))
    categories, worse = read_records(_Category, document.categories, place("categories"))
    marks, worst = read_records(_Annotation, document.annotations, place("annotations"))
    names = {category.id: category.name for category in categories}
    of_image: dict[Id, list[_Annotation]] = defaultdict(list)
    for mark in marks:
        of_image[mark.image_id].append(mark)
    spoilt = _owners(document.annotations[index] for index in worst)

    entries: list[Entry] = [*bad.values(), *worse.values(), *worst.values()]
    for image in images:
        if image.id in spoilt:
            reason = "one of its annotations cannot be read"
            entries.append(LeftOut(image.file_name, reason, is_fault=True))
            continue
        known = of_image.pop(image.id, None)
        if known is None and not unlooked_is_empty:
            entries.append(LeftOut(image.file_name, "nobody has said what is in it"))
            continue
        entries.append(_entry(image, known or [], names, pictures, vocabulary))
    entries += [_lost(path, image_id) for image_id in of_image if image_id not in spoilt]
    licences, _ = read_records(_Licence, document.licenses, place("licenses"))
    return Source(tuple(entries), "; ".join(licence.name for licence in licences))


def _owners(annotations: Iterable[Any]) -> set[Id]:
    """The images of annotations that could not be read: each may miss a box."""
    named = (one.get("image_id") for one in annotations if isinstance(one, dict))
    return {image_id for image_id in named if isinstance(image_id, int | str)}


def _lost(path: Path, image_id: Id) -> LeftOut:
    return LeftOut(f"{path}, image {image_id}", "is annotated but not listed", is_fault=True)


def _entry(
    image: _Image,
    marks: Sequence[_Annotation],
    names: dict[Id, str],
    pictures: Path,
    vocabulary: Vocabulary,
) -> Entry:
    try:
        path = picture_below(pictures, image.file_name)
        width, height = _frame(image, path)
        found = [_thing(mark, names, vocabulary, width, height) for mark in marks]
    except UnusableError as error:
        return LeftOut(image.file_name, str(error))
    except ValueError as error:
        return LeftOut(image.file_name, str(error), is_fault=True)
    species = dict.fromkeys(names[mark.category_id] for mark in marks)
    return SourcePicture(
        path=path,
        name=image.file_name,
        things=tuple(one for one in found if one is not None),
        site=_text(image.location),
        sequence_id=_text(image.seq_id),
        species=";".join(species),
        aspect=width / height,
    )


def _thing(
    mark: _Annotation, names: dict[Id, str], vocabulary: Vocabulary, width: float, height: float
) -> LabelledThing | None:
    if mark.category_id not in names:
        raise ValueError(f"category {mark.category_id} has no name")
    name = names[mark.category_id]
    meaning = vocabulary.meaning(name)
    if meaning is Unlabelled.UNSURE:
        raise UnusableError(f"shows {name!r}: it may be an elephant")
    if not isinstance(meaning, Label):
        return None
    if mark.iscrowd:
        raise UnusableError(f"has one box around a crowd of {name!r}")
    if mark.bbox is None:
        raise UnusableError(f"shows {name!r}, but has no box for it")
    box: BoundingBox = from_coco(mark.bbox, width, height)
    return thing(meaning, box)


def _frame(image: _Image, path: Path) -> tuple[float, float]:
    """The size that pixels are counted in: as stated, else the picture's own."""
    if image.width is not None and image.height is not None:
        return image.width, image.height
    try:
        header = read_header(path.read_bytes())
    except (BrokenHeaderError, OSError) as error:
        raise ValueError(str(error)) from error
    return header.width, header.height


def _text(value: Id | None) -> str:
    return "" if value is None else str(value)
