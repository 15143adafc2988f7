"""Labelled pictures on disk, in YOLO layout: `images/`, `labels/` and a `manifest.csv`."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from detector.detection import Label
from detector.training.sources.class_names import read_class_names

MANIFEST = "manifest.csv"
LIGHTINGS = frozenset({"day", "night_ir", "thermal"})
_NEEDED_COLUMNS = ("file", "split", "lighting", "partial", "sequence_id", "source_repo", "licence")
_BORDER_SLACK = 1e-3  # tools round their fractions: a box may leave the picture by this much


class DatasetError(Exception):
    """A dataset folder that cannot be used; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """One line of a label file: a class and a box (centre and size, fractions of the picture)."""

    class_index: int
    centre_x: float
    centre_y: float
    width: float
    height: float

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom, as fractions of the picture."""
        return (
            self.centre_x - self.width / 2,
            self.centre_y - self.height / 2,
            self.centre_x + self.width / 2,
            self.centre_y + self.height / 2,
        )

    @classmethod
    def from_corners(
        cls, class_index: int, left: float, top: float, right: float, bottom: float
    ) -> "LabelledBox":
        """Build a box from its corners (fractions), cut at the picture's border."""
        left, top, right, bottom = (min(max(v, 0.0), 1.0) for v in (left, top, right, bottom))
        return cls(class_index, (left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """One picture of a dataset, the elephants in it and where it came from.

    Boxes of other classes are not in `boxes`: training takes those from its teacher.
    """

    path: Path
    split: str
    lighting: str
    partial: bool
    sequence_id: str
    source: str
    licence: str
    origin: str
    night_kind: str
    boxes: tuple[LabelledBox, ...]

    @property
    def has_elephant(self) -> bool:
        """Whether a person marked at least one elephant."""
        return bool(self.boxes)


def read_dataset(folder: Path, *, split: str | None = None) -> list[LabelledPicture]:
    """Read the pictures that the manifest lists, in its order; `split` keeps one part.

    Raises DatasetError for a missing manifest, column, picture or label file, an unknown lighting,
    a picture named twice, a sequence that lies in two splits, or a label line that is no box.
    """
    manifest = folder / MANIFEST
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DatasetError(f"{manifest}: cannot be read ({error.strerror})") from error
    pictures = list(_pictures(folder, csv.DictReader(text.splitlines())))
    _check_sequences(pictures)
    return [picture for picture in pictures if split is None or picture.split == split]


def label_path(picture: Path) -> Path:
    """Where the labels of a picture lie: `images/` becomes `labels/`, the suffix `.txt`."""
    return picture.parent.parent / "labels" / f"{picture.stem}.txt"


def read_labels(path: Path) -> tuple[LabelledBox, ...]:
    """Read a label file; an empty one says that there is nothing to see. Raises DatasetError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{path}: cannot be read; an empty picture needs an empty file"
        ) from error
    return tuple(
        _box(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()
    )


def format_labels(boxes: Iterable[LabelledBox]) -> str:
    """Write boxes as the text of a label file (six decimals: finer than a pixel)."""
    return "".join(
        f"{b.class_index} {b.centre_x:.6f} {b.centre_y:.6f} {b.width:.6f} {b.height:.6f}\n"
        for b in boxes
    )


def _pictures(folder: Path, rows: "csv.DictReader[str]") -> Iterator[LabelledPicture]:
    missing = [name for name in _NEEDED_COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise DatasetError(f"{folder / MANIFEST}: no column {', '.join(missing)}")
    elephant_class = _elephant_class(folder)
    seen: set[str] = set()
    for number, row in enumerate(rows, 2):
        where = f"{folder / MANIFEST}, line {number}"
        if row["file"] in seen:
            raise DatasetError(f"{where}: {row['file']} is listed twice")
        seen.add(row["file"])
        yield _picture(folder, row, where, elephant_class)


def _elephant_class(folder: Path) -> int | None:
    try:
        names = read_class_names(folder)
    except ValueError as error:
        raise DatasetError(str(error)) from error
    return names.index(Label.ELEPHANT) if Label.ELEPHANT in names else None


def _picture(
    folder: Path, row: Mapping[str, str | None], where: str, elephant_class: int | None
) -> LabelledPicture:
    cells = {name: value or "" for name, value in row.items()}
    path = folder / cells["file"]
    if not path.is_file():
        raise DatasetError(f"{where}: there is no picture {cells['file']!r}")
    if cells["lighting"] not in LIGHTINGS:
        raise DatasetError(
            f"{where}: lighting {cells['lighting']!r} is not one of {sorted(LIGHTINGS)}"
        )
    if cells["partial"] not in {"0", "1"}:
        raise DatasetError(f"{where}: partial is {cells['partial']!r}, neither 0 nor 1")
    return LabelledPicture(
        path=path,
        split=cells["split"],
        lighting=cells["lighting"],
        partial=cells["partial"] == "1",
        sequence_id=cells["sequence_id"] or path.stem,
        source=cells["source_repo"],
        licence=cells["licence"],
        origin=cells.get("origin", ""),
        night_kind=cells.get("night_kind", ""),
        boxes=tuple(
            box for box in read_labels(label_path(path)) if box.class_index == elephant_class
        ),
    )


def _box(line: str, where: str) -> LabelledBox:
    fields = line.split()
    if len(fields) != 5:
        raise DatasetError(f"{where}: a box is five numbers, this has {len(fields)}")
    try:
        class_index, numbers = int(fields[0]), [float(field) for field in fields[1:]]
    except ValueError as error:
        raise DatasetError(f"{where}: {line!r} is not made of numbers") from error
    box = LabelledBox(class_index, *numbers)
    inside = all(-_BORDER_SLACK <= corner <= 1 + _BORDER_SLACK for corner in box.corners)
    if not all(map(math.isfinite, numbers)) or not inside or box.width <= 0 or box.height <= 0:
        raise DatasetError(f"{where}: the box leaves the picture or has no size")
    if class_index < 0:
        raise DatasetError(f"{where}: class {class_index} is negative")
    return box


def _check_sequences(pictures: Iterable[LabelledPicture]) -> None:
    home: dict[str, str] = {}
    for picture in pictures:
        split = home.setdefault(picture.sequence_id, picture.split)
        if split != picture.split:
            raise DatasetError(
                f"sequence {picture.sequence_id} lies in {split} and in {picture.split}: "
                "what is measured would have been seen in training"
            )
