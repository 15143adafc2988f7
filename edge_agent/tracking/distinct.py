"""One animal, one box: what the network saw twice is counted once."""

from collections.abc import Iterable

from detector.detection import BoundingBox, Detection

SAME_IOU = 0.5
SAME_COVER = 0.9
# A calf before its mother lies wholly in her box too, but on the drill footage it never filled more
# than 0.28 of it; the box that made five of four filled 0.58.
CALF_SHARE = 0.4


def distinct(detections: Iterable[Detection]) -> tuple[Detection, ...]:
    """Return the detections without those that see an animal again, the surest first."""
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda one: one.confidence, reverse=True):
        if not any(are_one_animal(detection.box, other.box) for other in kept):
            kept.append(detection)
    return tuple(kept)


def are_one_animal(one: BoundingBox, other: BoundingBox) -> bool:
    """Whether two boxes of the same frame are too alike to be of two animals."""
    if one.iou(other) >= SAME_IOU:
        return True
    smaller, larger = sorted((one, other), key=lambda box: box.area)
    if smaller.area < CALF_SHARE * larger.area:
        return False
    return cover(smaller, larger) >= SAME_COVER


def cover(box: BoundingBox, by: BoundingBox) -> float:
    """Return the share of a box that lies in another, 0 to 1; 0 for an empty box."""
    width = min(box.right, by.right) - max(box.left, by.left)
    height = min(box.bottom, by.bottom) - max(box.top, by.top)
    if width <= 0 or height <= 0 or box.area <= 0:
        return 0.0
    return width * height / box.area
