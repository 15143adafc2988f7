"""Writes what an importer found as a dataset folder: YOLO layout and manifest.csv."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.detection import Label
from detector.lighting import lighting_of
from detector.pictures import Pixels, UnreadablePictureError, read_picture
from detector.training.dataset import LabelledBox, format_labels
from detector.training.sources.boxes import to_yolo
from detector.training.sources.class_names import write_class_names
from detector.training.sources.entries import Entry, LabelledThing, LeftOut, SourcePicture
from detector.training.sources.manifest import write_manifest
from detector.training.sources.placing import FreeNames, place

CLASS_NAMES = tuple(label.value for label in Label)
UNSTATED = "unstated"
_ASPECT_SLACK = 0.02


@dataclass(frozen=True, slots=True)
class Wish:
    """How to write an import: where from, under which licence, and how to split it.

    Whole sites (else sequences, else pictures) go to `val`, about `val_share` of them, always the
    same ones. A split that the source names is kept.
    """

    source: str
    licence: str
    val_share: float = 0.2
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """How an import went."""

    pictures: int
    boxes: Counter[Label]
    splits: Counter[str]
    left_out: tuple[LeftOut, ...]


def write_dataset(
    entries: Iterable[Entry],
    out: Path,
    wish: Wish,
    *,
    on_entry: Callable[[], object] = lambda: None,
) -> Imported:
    """Write the folder. A picture that cannot be used is left out with its reason."""
    names = FreeNames()
    rows: list[dict[str, str]] = []
    left_out: list[LeftOut] = []
    boxes: Counter[Label] = Counter()
    for entry in entries:
        on_entry()
        if isinstance(entry, LeftOut):
            left_out.append(entry)
            continue
        try:
            rows.append(_write(entry, _look(entry), out, wish, names))
        except (UnreadablePictureError, ValueError, OSError) as error:
            left_out.append(LeftOut(entry.name, str(error), is_fault=True))
        else:
            boxes.update(one.label for one in entry.things)
    splits = Counter(row["split"] for row in rows)
    out.mkdir(parents=True, exist_ok=True)
    write_class_names(out, CLASS_NAMES, sorted(splits))
    write_manifest(out, rows)
    return Imported(len(rows), boxes, splits, tuple(left_out))


def split_of(group: str, val_share: float) -> str:
    """Say to which split a group belongs: by its name alone, so that it stays there for ever."""
    digest = hashlib.sha256(group.encode()).digest()
    place_in_line = int.from_bytes(digest[:8], "big") / 2**64
    return "val" if place_in_line < val_share else "train"


def _look(entry: SourcePicture) -> Pixels:
    """Open the picture; its shape must be the one that the boxes were drawn in."""
    pixels = read_picture(entry.path)
    height, width = pixels.shape[:2]
    if entry.aspect is not None and abs(width / height / entry.aspect - 1) > _ASPECT_SLACK:
        raise ValueError(
            f"is {width} x {height}, its boxes were drawn in another shape ({entry.aspect:.2f}:1)"
        )
    return pixels


def _write(
    entry: SourcePicture,
    pixels: Pixels,
    out: Path,
    wish: Wish,
    names: FreeNames,
) -> dict[str, str]:
    name = names.take(entry.name)
    split = entry.split or split_of(entry.site or entry.sequence_id or entry.name, wish.val_share)
    file = Path(split) / "images" / name
    place(entry.path, out / file, copy=wish.copy)
    labels = out / split / "labels" / f"{Path(name).stem}.txt"
    labels.parent.mkdir(parents=True, exist_ok=True)
    labels.write_text(format_labels(_line(one) for one in entry.things), encoding="utf-8")
    return {
        "file": file.as_posix(),
        "split": split,
        "lighting": lighting_of(pixels).value,
        "partial": str(int(_is_partial(entry.things))),
        "n_boxes": str(len(entry.things)),
        "sequence_id": entry.sequence_id or Path(name).stem,
        "site": entry.site,
        "source_repo": wish.source,
        "licence": wish.licence or UNSTATED,
        "species": entry.species,
        "label_by": entry.label_by or "source",
    }


def _is_partial(things: Sequence[LabelledThing]) -> bool:
    """Only elephants matter here: every road leaves the frame, and so do its cars."""
    return any(one.label is Label.ELEPHANT and one.box.touches_edge() for one in things)


def _line(one: LabelledThing) -> LabelledBox:
    return LabelledBox(CLASS_NAMES.index(one.label.value), *to_yolo(one.box))
