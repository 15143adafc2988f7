"""What else is in the picture: a stock network labels every class but ours.

Fine-tuned on elephants alone, a network calls deer, cattle and lamps elephants. With boxes for the
other classes it keeps knowing them.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from detector.training.dataset import LabelledBox, format_labels, read_labels

ELEPHANT = 20  # COCO's index
_COVERED_SHARE = 0.6

Teacher = Callable[[Path], list[LabelledBox]]


def merge(marked: Iterable[LabelledBox], seen: Iterable[LabelledBox]) -> list[LabelledBox]:
    """Add what the teacher saw to what people marked; on elephants only people are believed.

    The teacher's elephants are dropped, and so is whatever lies for 60 % or more inside a marked
    elephant: there it usually is that elephant under a wrong name (or its rider).
    """
    elephants = list(marked)
    others = [
        box
        for box in seen
        if box.class_index != ELEPHANT
        and all(_share_inside(box, elephant) < _COVERED_SHARE for elephant in elephants)
    ]
    return elephants + others


def teach(pictures: Iterable[tuple[Path, Path]], teacher: Teacher) -> int:
    """Complete the label files of (picture, label file) pairs in place; return the boxes added."""
    added = 0
    for picture, labels in pictures:
        marked = [box for box in read_labels(labels) if box.class_index == ELEPHANT]
        merged = merge(marked, teacher(picture))
        labels.write_text(format_labels(merged), encoding="utf-8")
        added += len(merged) - len(marked)
    return added


def stock_teacher(weights: Path, *, size_px: int = 640, confidence: float = 0.3) -> Teacher:
    """Load a COCO checkpoint (80 classes) as a teacher. Needs ultralytics."""
    from detector.training.torchvision_shim import make_importable

    make_importable()
    from ultralytics import YOLO

    network: Any = YOLO(str(weights))

    def look(picture: Path) -> list[LabelledBox]:
        result = network.predict(str(picture), imgsz=size_px, conf=confidence, verbose=False)[0]
        rows = zip(result.boxes.cls.tolist(), result.boxes.xyxyn.tolist(), strict=True)
        boxes = (LabelledBox.from_corners(int(index), *corners) for index, corners in rows)
        return [box for box in boxes if box.width > 0 and box.height > 0]

    return look


def _share_inside(box: LabelledBox, other: LabelledBox) -> float:
    """How much of `box`'s area lies inside `other` (0 to 1)."""
    left, top, right, bottom = box.corners
    other_left, other_top, other_right, other_bottom = other.corners
    width = min(right, other_right) - max(left, other_left)
    height = min(bottom, other_bottom) - max(top, other_top)
    return max(width, 0.0) * max(height, 0.0) / (box.width * box.height)
