"""What every importer makes of its source: pictures with boxes, and what had to be left out."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from detector.detection import BoundingBox, Label
from detector.sources import PICTURE_SUFFIXES
from detector.training.sources.boxes import within_frame
from detector.training.sources.manifest import describe_fault

Record = TypeVar("Record", bound=BaseModel)


class UnreadableSourceError(ValueError):
    """The source is not of the format it should be; the message names the file and the place."""


class UnusableError(ValueError):
    """A picture that is not wrong, but teaches nothing."""


@dataclass(frozen=True, slots=True)
class LabelledThing:
    """A box around something that we have a label for."""

    label: Label
    box: BoundingBox


@dataclass(frozen=True, slots=True)
class SourcePicture:
    """A picture whose contents are known; no things means that it is known to be empty.

    `aspect` is width over height of the frame that the boxes were drawn in, where it was said.
    """

    path: Path
    name: str
    things: tuple[LabelledThing, ...] = ()
    site: str = ""
    sequence_id: str = ""
    split: str = ""
    species: str = ""
    label_by: str = ""
    aspect: float | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A picture or record that cannot be used, and why. `is_fault`: the source is wrong there."""

    where: str
    reason: str
    is_fault: bool = False


Entry = SourcePicture | LeftOut


@dataclass(frozen=True, slots=True)
class Source:
    """A whole source: its entries and the licence it states (empty: none)."""

    entries: tuple[Entry, ...]
    licence: str = ""


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises UnreadableSourceError."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UnreadableSourceError(f"{path} cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableSourceError(f"{path} is not text") from error
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}"
        raise UnreadableSourceError(f"{where}: is no JSON: {error.msg}") from error


def read_object(model: type[Record], value: Any, where: Path) -> Record:
    """Read the whole document. Raises UnreadableSourceError."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise UnreadableSourceError(f"{where}: {describe_fault(error)}") from error


def read_records(
    model: type[Record], values: Iterable[Any], where: Callable[[int], str]
) -> tuple[list[Record], dict[int, LeftOut]]:
    """Read records one by one; the bad ones come back by index, named by `where(index)`."""
    records: list[Record] = []
    bad: dict[int, LeftOut] = {}
    for index, value in enumerate(values):
        try:
            records.append(model.model_validate(value))
        except ValidationError as error:
            bad[index] = LeftOut(where(index), describe_fault(error), is_fault=True)
    return records, bad


def picture_below(folder: Path, name: str) -> Path:
    """Return where a named picture lies.

    Raises UnusableError if it is not here (part of a large source is enough), and ValueError if
    it is no picture or lies outside the folder.
    """
    if "://" in name:
        raise UnusableError("is on the network; fetch it first")
    path = folder / name.replace("\\", "/")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError("lies outside the source's folder")
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise ValueError("is no picture we read")
    if not path.is_file():
        raise UnusableError("is not there")
    return path


def thing(label: Label, box: BoundingBox) -> LabelledThing:
    """Build a thing from a box as it was read, cut at the border. Raises ValueError."""
    return LabelledThing(label, within_frame(box))
