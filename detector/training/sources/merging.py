"""Merges dataset folders: classes by name, free file names, ids that do not run into each other."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from detector.detection import Label
from detector.training.dataset import format_labels, label_path
from detector.training.sources.class_names import write_class_names
from detector.training.sources.findings import Code, Finding, Severity
from detector.training.sources.label_file import read_label_file
from detector.training.sources.listing import Listing
from detector.training.sources.manifest import ListedRow, write_manifest
from detector.training.sources.placing import FreeNames, place
from detector.training.sources.vocabulary import Unlabelled, Vocabulary

_IDS = ("sequence_id", "site")
# A class called animal stands beside one called elephant, and means the others.
_CLASS_WORDS = Vocabulary(Unlabelled.IGNORE, {Label.ANIMAL.value: Label.ANIMAL})


@dataclass(frozen=True, slots=True)
class Merged:
    """How a merge went: pictures per source folder, the classes, and what was left out and why."""

    pictures: Counter[str]
    class_names: tuple[str, ...]
    left_out: tuple[Finding, ...]


def merge(
    listings: Sequence[Listing],
    out: Path,
    *,
    copy: bool = False,
    on_picture: Callable[[], object] = lambda: None,
) -> Merged:
    """Write all listed pictures to one folder. One with a fault in its labels is left out."""
    names, files = common_classes(listings), FreeNames()
    prefixes = _prefixes(listings)
    rows: list[dict[str, str]] = []
    left_out = [finding for listing in listings for finding in listing.findings]
    counted: Counter[str] = Counter()
    for listing, prefix in zip(listings, prefixes, strict=True):
        renumbered = [names.index(common_name(name)) for name in listing.class_names]
        for listed in listing.rows:
            faults = _take(listing, listed, out, renumbered, files, copy=copy)
            on_picture()
            if isinstance(faults, Path):
                rows.append(_row(listed, faults, prefix))
                counted[str(listing.folder)] += 1
            else:
                left_out += faults
    splits = sorted({row["split"] for row in rows})
    out.mkdir(parents=True, exist_ok=True)
    write_class_names(out, names, splits)
    write_manifest(out, rows)
    return Merged(counted, names, tuple(left_out))


def common_classes(listings: Iterable[Listing]) -> tuple[str, ...]:
    """Return the classes of all folders together, ours first and elephants always class 0."""
    found = {common_name(name) for listing in listings for name in listing.class_names}
    ours = [label.value for label in Label if label.value in found or label is Label.ELEPHANT]
    return (*ours, *sorted(found - set(ours)))


def common_name(name: str) -> str:
    """Return our word for a class name that means one of our labels, else the name itself."""
    meaning = _CLASS_WORDS.meaning(name)
    return meaning.value if isinstance(meaning, Label) else name


def _prefixes(listings: Sequence[Listing]) -> list[str]:
    """What to put before ids: equal names in two folders are different sequences and sites."""
    prefixes = FreeNames()
    return [f"{prefixes.take(listing.folder.resolve().name)}:" for listing in listings]


def _take(
    listing: Listing,
    listed: ListedRow,
    out: Path,
    renumbered: Sequence[int],
    files: FreeNames,
    *,
    copy: bool,
) -> Path | list[Finding]:
    """Put one picture and its labels in place; return its new file, or why it was left out."""
    path = listing.path_of(listed)
    boxes, findings = read_label_file(label_path(path), len(listing.class_names))
    faults = [finding for finding in findings if finding.severity is Severity.ERROR]
    if faults:
        return faults
    file = Path(listed.row.split) / "images" / files.take(path.name)
    try:
        place(path, out / file, copy=copy)
    except OSError as error:
        return [_unplaced(path, error)]
    labels = label_path(out / file)
    labels.parent.mkdir(parents=True, exist_ok=True)
    kept = [replace(box, class_index=renumbered[box.class_index]) for box in boxes]
    labels.write_text(format_labels(kept), encoding="utf-8")
    return file


def _unplaced(path: Path, error: OSError) -> Finding:
    return Finding(Code.PICTURE_MISSING, str(path), f"cannot be taken: {error.strerror}")


def _row(listed: ListedRow, file: Path, prefix: str) -> dict[str, str]:
    ids = {name: prefix + listed.cells[name] for name in _IDS if listed.cells.get(name)}
    return {**listed.cells, **ids, "file": file.as_posix()}
