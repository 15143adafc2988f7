"""Looks at one listed picture and its labels; everything that is wrong becomes a finding."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.detection import BoundingBox, Label
from detector.pictures import UnreadablePictureError, read_picture
from detector.training.dataset import MANIFEST, LabelledBox, label_path
from detector.training.sources.boxes import from_yolo
from detector.training.sources.findings import Code, Finding
from detector.training.sources.label_file import read_label_file
from detector.training.sources.likeness import Thumbnail, thumbnail
from detector.training.sources.listing import Listing
from detector.training.sources.manifest import ListedRow


@dataclass(frozen=True, slots=True)
class Examined:
    """One picture once it was looked at. Without a thumbnail it could not be read."""

    path: Path
    folder: Path
    listed: ListedRow
    boxes: tuple[LabelledBox, ...]
    class_names: tuple[str, ...]
    findings: tuple[Finding, ...]
    sha256: str = ""
    thumbnail: Thumbnail | None = None

    @property
    def labels(self) -> list[str]:
        """The names of what is in the picture, one per box."""
        return [self.class_names[box.class_index] for box in self.boxes]


def examine(listing: Listing, listed: ListedRow) -> Examined:
    """Open a picture and its labels, and hold them against the manifest's row."""
    path = listing.path_of(listed)
    boxes, findings = read_label_file(label_path(path), len(listing.class_names))
    if not findings:
        findings = _against_row(listing, listed, boxes)
    sha256, small, broken = _look(path)
    if broken is not None:
        findings.insert(0, broken)
    return Examined(
        path,
        listing.folder,
        listed,
        tuple(boxes),
        listing.class_names,
        tuple(findings),
        sha256,
        small,
    )


def touches_edge(boxes: Sequence[LabelledBox]) -> bool:
    """Say whether an animal may go on beyond the frame."""
    return any(_as_box(box).touches_edge() for box in boxes)


def _look(path: Path) -> tuple[str, Thumbnail | None, Finding | None]:
    if not path.is_file():
        return "", None, Finding(Code.PICTURE_MISSING, str(path), "there is no such picture")
    try:
        small = thumbnail(read_picture(path))
        return hashlib.sha256(path.read_bytes()).hexdigest(), small, None
    except (UnreadablePictureError, OSError) as error:
        return "", None, Finding(Code.PICTURE_BROKEN, str(path), str(error))


def _against_row(
    listing: Listing, listed: ListedRow, boxes: Sequence[LabelledBox]
) -> list[Finding]:
    manifest, row, findings = listing.folder / MANIFEST, listed.row, []
    names = listing.class_names
    elephants = [box for box in boxes if names[box.class_index] == Label.ELEPHANT]
    if row.n_boxes is not None and row.n_boxes != len(boxes):
        problem = f"{row.file}: n_boxes is {row.n_boxes}, the label file has {len(boxes)}"
        findings.append(Finding(Code.BOX_COUNT, str(manifest), problem, listed.line))
    if row.partial == "0" and touches_edge(elephants):
        problem = f"{row.file}: partial is 0, but an elephant touches the frame's edge"
        findings.append(Finding(Code.PARTIAL_UNMARKED, str(manifest), problem, listed.line))
    return findings


def _as_box(box: LabelledBox) -> BoundingBox:
    return from_yolo((box.centre_x, box.centre_y, box.width, box.height))
