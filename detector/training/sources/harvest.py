"""Label frames of films that the network is sure of: more of the night than people could mark.

A frame is taken only if the network sees the same animals in it and in its mirror image. What it
is unsure of in either would be taught as background, so that such a frame is left out whole. The
network learns from itself here: it gets surer of what it half knows and learns nothing that it
misses. Films of places that are to judge it must stay out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from detector.detecting import Sight
from detector.detection import BoundingBox, Detection, Label
from detector.lighting import lighting_of
from detector.pictures import Pixels
from detector.second_look import SAME, look_in_the_mirror
from detector.sources import BrokenFrame, Frame, frames_of
from detector.training.dataset import LabelledBox, format_labels
from detector.training.sources.manifest import write_manifest

ELEPHANT_CLASS = 0
SURE = 0.6
UNSURE = 0.2


@dataclass(frozen=True, slots=True)
class Harvest:
    """How many frames were looked at and how many were taken, with how many elephants."""

    looked_at: int
    taken: int
    elephants: int


def sure_boxes(plain: Sequence[Detection], mirrored: Sequence[Detection]) -> list[BoundingBox]:
    """Return the elephants that both looks are sure of; none if either is unsure of anything.

    `mirrored` is what was seen in the mirror image, with boxes already mirrored back.
    """
    first, second = _elephants(plain), _elephants(mirrored)
    sure = [one.box for one in first if _confirmed(one, second)]
    doubtful = [one for one in (*first, *second) if _best_overlap(one.box, sure) < SAME]
    return [] if doubtful else sure


def harvest(
    films: Iterable[Path],
    folder: Path,
    sight: Sight | None,
    *,
    every: int,
    source: str,
    licence: str,
    on_film: Callable[[], None] = lambda: None,
) -> Harvest:
    """Write `images/`, `labels/` and `manifest.csv` below `folder` from every n-th frame.

    Without a `sight` the films are taken for empty of elephants, every frame of them. A film that
    cannot be read adds nothing. All frames of one film are one sequence, in the split `train`.
    """
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str]] = []
    looked_at = 0
    for film in films:
        for frame in frames_of(film, every=every):
            if isinstance(frame, BrokenFrame):
                continue
            looked_at += 1
            boxes = _look(frame.pixels, sight) if sight else []
            if boxes or sight is None:
                row = _write(folder, frame, boxes)
                rows.append({**row, "source_repo": source, "licence": licence})
        on_film()
    write_manifest(folder, rows)
    return Harvest(looked_at, len(rows), sum(int(row["n_boxes"]) for row in rows))


def _look(pixels: Pixels, sight: Sight) -> list[BoundingBox]:
    lighting = lighting_of(pixels)

    def look(shown: Pixels, floor: float) -> list[Detection]:
        return sight.detect(shown, lighting=lighting, floor=floor)

    return sure_boxes(look(pixels, UNSURE), look_in_the_mirror(pixels, look, floor=UNSURE))


def _write(folder: Path, frame: Frame, boxes: Sequence[BoundingBox]) -> dict[str, str]:
    stem = f"{frame.file.stem}_{frame.frame_number or 0:06d}"
    path = folder / "images" / f"{stem}.jpg"
    cv2.imwrite(str(path), frame.pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])
    labels = [
        LabelledBox.from_corners(ELEPHANT_CLASS, box.left, box.top, box.right, box.bottom)
        for box in boxes
    ]
    (folder / "labels" / f"{stem}.txt").write_text(format_labels(labels), encoding="utf-8")
    return {
        "file": f"images/{path.name}",
        "split": "train",
        "lighting": lighting_of(frame.pixels).value,
        "partial": str(int(any(box.touches_edge() for box in boxes))),
        "n_boxes": str(len(boxes)),
        "sequence_id": frame.file.stem,
        "origin": "CCTV film",
        "night_kind": "ir_cctv" if lighting_of(frame.pixels).value == "night_ir" else "",
        "label_by": "network, twice" if boxes else "film said to be empty",
    }


def _elephants(seen: Iterable[Detection]) -> list[Detection]:
    return [one for one in seen if one.label is Label.ELEPHANT]


def _confirmed(one: Detection, others: Sequence[Detection]) -> bool:
    return any(
        one.box.iou(other.box) >= SAME and one.confidence + other.confidence >= 2 * SURE
        for other in others
    )


def _best_overlap(box: BoundingBox, boxes: Sequence[BoundingBox]) -> float:
    return max((box.iou(other) for other in boxes), default=0.0)
