"""The names of a dataset folder's classes: `classes.txt`, one a line, the first is class 0."""

import json
from collections.abc import Sequence
from pathlib import Path

from detector.detection import Label

CLASSES_FILE = "classes.txt"
WITHOUT_FILE = (Label.ELEPHANT.value,)
"""A folder that names no classes knows elephants alone."""


def read_class_names(folder: Path) -> tuple[str, ...]:
    """Return the classes in order. Raises ValueError if the file is empty or no text."""
    path = folder / CLASSES_FILE
    if not path.is_file():
        return WITHOUT_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read as text") from error
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not names:
        raise ValueError(f"{path}: names no class")
    if len(set(names)) < len(names):
        raise ValueError(f"{path}: names a class twice")
    return names


def write_class_names(folder: Path, names: Sequence[str], splits: Sequence[str]) -> None:
    """Write `classes.txt`, and `data.yaml` for the tools that want it (JSON is YAML, too)."""
    (folder / CLASSES_FILE).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    parts = {split: f"{split}/images" for split in splits}
    about = {"path": ".", **parts, "names": dict(enumerate(names))}
    (folder / "data.yaml").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
