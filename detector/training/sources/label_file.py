"""Label files line by line: a bad line is a finding that names it, and the next is read.

`detector.training.dataset.read_labels` is the strict reader of the same format.
"""

import math
from pathlib import Path

from detector.training.dataset import LabelledBox
from detector.training.sources.findings import Code, Finding

BORDER_SLACK = 1e-3
SAME_BOX = 1e-4


def read_label_file(path: Path, class_count: int) -> tuple[list[LabelledBox], list[Finding]]:
    """Return the sound boxes of a label file, and what is wrong with its other lines."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        missing = "is missing; an empty picture needs an empty file"
        return [], [Finding(Code.LABELS_MISSING, str(path), missing)]
    except (OSError, UnicodeDecodeError):
        return [], [Finding(Code.LABELS_UNREADABLE, str(path), "cannot be read as text")]
    boxes: list[LabelledBox] = []
    findings: list[Finding] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        box = _parse(line)
        fault = _fault(box, line, class_count)
        if fault is not None:
            findings.append(Finding(fault[0], str(path), fault[1], number))
        elif box is not None:
            if any(_same(box, other) for other in boxes):
                twice = "the same box stands here for the second time"
                findings.append(Finding(Code.BOX_TWICE, str(path), twice, number))
            boxes.append(box)
    return boxes, findings


def _parse(line: str) -> LabelledBox | None:
    fields = line.split()
    if len(fields) != 5:
        return None
    try:
        return LabelledBox(int(fields[0]), *map(float, fields[1:]))
    except ValueError:
        return None


def _fault(box: LabelledBox | None, line: str, class_count: int) -> tuple[Code, str] | None:
    if box is None:
        return Code.LABEL_LINE, f"{line[:60]!r} is not a class and four numbers"
    if not 0 <= box.class_index < class_count:
        return Code.CLASS_UNKNOWN, f"class {box.class_index}, where there are {class_count} classes"
    if not all(map(math.isfinite, (box.centre_x, box.centre_y, box.width, box.height))):
        return Code.LABEL_LINE, f"{line[:60]!r} is not made of finite numbers"
    if box.width <= 0 or box.height <= 0:
        return Code.BOX_EMPTY, f"a box of {box.width:g} x {box.height:g} has no size"
    if not all(-BORDER_SLACK <= corner <= 1 + BORDER_SLACK for corner in box.corners):
        left, top, right, bottom = box.corners
        shown = f"{left:.3f}, {top:.3f} to {right:.3f}, {bottom:.3f}"
        return Code.BOX_OUTSIDE, f"the box leaves the picture: {shown}"
    return None


def _same(box: LabelledBox, other: LabelledBox) -> bool:
    pairs = zip(box.corners, other.corners, strict=True)
    alike = all(abs(one - another) < SAME_BOX for one, another in pairs)
    return alike and box.class_index == other.class_index
