"""What a dataset folder says it holds, and what really lies in it."""

from dataclasses import dataclass, field
from pathlib import Path

from detector.sources import PICTURE_SUFFIXES
from detector.training.dataset import MANIFEST, label_path
from detector.training.sources.class_names import CLASSES_FILE, WITHOUT_FILE, read_class_names
from detector.training.sources.findings import Code, Finding
from detector.training.sources.manifest import ListedRow, read_manifest

_NO_LABELS = frozenset({CLASSES_FILE, "README.txt", "train.txt", "val.txt", "test.txt"})


@dataclass(frozen=True, slots=True)
class Listing:
    """A dataset folder as its manifest describes it, before any picture is opened."""

    folder: Path
    class_names: tuple[str, ...]
    rows: tuple[ListedRow, ...]
    findings: tuple[Finding, ...] = field(default=())

    def path_of(self, listed: ListedRow) -> Path:
        """Where a row's picture lies."""
        return self.folder / listed.row.file


def list_folder(folder: Path) -> Listing:
    """Read a folder's manifest and class names. What is wrong with them is in `findings`."""
    rows, findings = read_manifest(folder)
    inside = [row for row in rows if _is_inside(folder, row)]
    findings += [_outside(folder, row) for row in rows if not _is_inside(folder, row)]
    try:
        names = read_class_names(folder)
    except ValueError as error:
        findings.append(Finding(Code.CLASS_UNKNOWN, str(folder / CLASSES_FILE), str(error)))
        names = WITHOUT_FILE
    return Listing(folder, names, tuple(inside), tuple(findings))


def find_strays(listing: Listing) -> list[Finding]:
    """Find pictures that no row lists, labels without a picture, and labels of two pictures."""
    pictures, labels = _files(listing.folder)
    listed = {listing.path_of(row) for row in listing.rows}
    owned = {label_path(picture) for picture in pictures}
    unlisted = [
        Finding(Code.PICTURE_UNLISTED, str(path), f"no row of {MANIFEST} lists this picture")
        for path in sorted(pictures - listed)
    ]
    orphaned = [
        Finding(Code.LABELS_ORPHANED, str(path), "labels of a picture that is not there")
        for path in sorted(labels - owned)
    ]
    return unlisted + orphaned + _shared_labels(sorted(pictures | listed))


def _shared_labels(pictures: list[Path]) -> list[Finding]:
    """`a.jpg` and `a.png` side by side have one label file between them."""
    owner: dict[Path, Path] = {}
    findings = []
    for picture in pictures:
        first = owner.setdefault(label_path(picture), picture)
        if first != picture:
            shared = f"shares its label file with {first.name}"
            findings.append(Finding(Code.LABELS_SHARED, str(picture), shared))
    return findings


def _files(folder: Path) -> tuple[set[Path], set[Path]]:
    pictures, labels = set(), set()
    for path in folder.rglob("*"):
        if path.parent.name == "images" and path.suffix.lower() in PICTURE_SUFFIXES:
            pictures.add(path)
        elif path.parent.name == "labels" and path.suffix == ".txt" and path.name not in _NO_LABELS:
            labels.add(path)
    return pictures, labels


def _is_inside(folder: Path, listed: ListedRow) -> bool:
    return (folder / listed.row.file).resolve().is_relative_to(folder.resolve())


def _outside(folder: Path, listed: ListedRow) -> Finding:
    problem = f"{listed.row.file} does not lie in this folder"
    return Finding(Code.ROW_UNREADABLE, str(folder / MANIFEST), problem, listed.line)
