"""Training labels in YOLO layout: class 0 is the elephant, an empty file says there is none."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from detector.training.scenes.recipe import Kind
from detector.training.scenes.truth import AnimalTruth, Box, FrameTruth, SceneTruth, SequenceTruth

ELEPHANT_CLASS = 0
LEAST_VISIBLE = 0.08
EDGE = 0.01
COLUMNS = (
    "file",
    "split",
    "lighting",
    "partial",
    "n_boxes",
    "sequence_id",
    "origin",
    "source_repo",
    "licence",
)


class UnreadableLabelError(ValueError):
    """A line of a label file is not `class cx cy width height`."""


def is_clear(frame: FrameTruth) -> bool:
    """Whether a frame can be learnt from: no elephant is so hidden that either answer is wrong."""
    return all(animal.visible_fraction >= LEAST_VISIBLE for animal in _elephants(frame))


def label_lines(boxes: Iterable[Box]) -> str:
    """One line per box: class, centre, width and height as fractions."""
    return "".join(
        f"{ELEPHANT_CLASS} {x + w / 2:.6f} {y + h / 2:.6f} {w:.6f} {h:.6f}\n"
        for x, y, w, h in boxes
    )


def read_label_lines(text: str) -> list[Box]:
    """The boxes of a label file, left, top, width, height.

    Raises:
        UnreadableLabelError: names the first line that is none.
    """
    boxes: list[Box] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            _, cx, cy, w, h = (float(word) for word in line.split())
        except ValueError as error:
            raise UnreadableLabelError(f"line {number} is no label: {line!r}") from error
        boxes.append((cx - w / 2, cy - h / 2, w, h))
    return boxes


def write_yolo(folder: Path, truth: SceneTruth) -> int:
    """Write `labels/` and `manifest.csv` beside `images/`; returns how many frames are listed."""
    labels = folder / "labels"
    labels.mkdir(parents=True, exist_ok=True)
    rows = []
    for sequence in truth.sequences:
        for frame in sequence.frames:
            boxes = [animal.box for animal in _elephants(frame)]
            label = labels / f"{Path(frame.file).stem}.txt"
            label.write_text(label_lines(boxes), encoding="utf-8")
            rows.append(_row(sequence, frame))
    _write_manifest(folder / "manifest.csv", rows)
    return len(rows)


def _write_manifest(path: Path, rows: Sequence[dict[str, str | int]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _row(sequence: SequenceTruth, frame: FrameTruth) -> dict[str, str | int]:
    elephants = _elephants(frame)
    return {
        "file": frame.file,
        "split": "train",
        "lighting": sequence.lighting,
        "partial": int(any(_is_partial(animal) for animal in elephants)),
        "n_boxes": len(elephants),
        "sequence_id": sequence.id,
        "origin": "rendered",
        "source_repo": "trunkline",
        "licence": "AGPL-3.0-or-later",
    }


def _elephants(frame: FrameTruth) -> list[AnimalTruth]:
    return [animal for animal in frame.animals if animal.kind is Kind.ELEPHANT]


def _is_partial(animal: AnimalTruth) -> bool:
    left, top, width, height = animal.box
    touches = min(left, top) < EDGE or left + width > 1 - EDGE or top + height > 1 - EDGE
    return touches or animal.visible_fraction < 0.9
