"""Turns the network's raw numbers into detections: choose, map back, suppress doubles.

Pure: arrays in, detections out. Whatever the numbers are, nothing here raises; what is not finite
is not a detection.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from detector.detection import BoundingBox, Detection, Label
from detector.letterbox import Letterbox

SAME_PLACE = 0.5
"""Overlap (intersection over union) from which two classes claim the same animal."""
MAX_CANDIDATES = 1000
"""Boxes considered per label, the surest first: a bound on work, far above any herd."""
FAINTEST_RIVAL = 0.005
"""Below this another animal's claim changes nothing."""


def decode(
    output: NDArray[np.float32],
    letterbox: Letterbox,
    classes: Mapping[int, Label],
    *,
    floor: float,
    iou_suppression: float,
    rival_weight: float = 0.0,
) -> list[Detection]:
    """Return the detections of one frame, the surest first.

    `output` is (4 + classes) x N: centre x, centre y, width, height in pixels of the input, then a
    score per class. A box belongs to its best class of all, ours or not, so that a lorry that also
    looks a little like an elephant stays a lorry.

    With a `rival_weight` w, an elephant of confidence c where another animal is claimed with
    confidence r comes out with c²/(c + w r): what might as well be a cow is hardly an elephant.
    """
    if output.ndim != 2 or output.shape[0] <= 4 or output.shape[1] == 0:
        return []
    confidence = _best_of(output[4:], classes)
    columns = np.flatnonzero((confidence >= floor) & (confidence <= 1.0))
    columns = columns[np.isfinite(output[:4, columns]).all(axis=0)]
    best_class = output[4:, columns].argmax(axis=0)

    detections: list[Detection] = []
    for label in set(classes.values()):
        indices = [index for index, name in classes.items() if name is label]
        chosen = columns[np.isin(best_class, indices)]
        if not chosen.size:
            continue
        chosen = chosen[np.argsort(-confidence[chosen], kind="stable")][:MAX_CANDIDATES]
        corners = letterbox.to_frame(_corners(output[:4, chosen]))
        kept = survivors(corners, iou_suppression)
        sure = confidence[chosen[kept]]
        if rival_weight and label is Label.ELEPHANT:
            rivals = _rivals(output, output[:4, chosen[kept]], classes)
            sure = sure**2 / (sure + np.float32(rival_weight) * rivals)
        detections += (d for d in _detections(label, sure, corners[kept]) if d.confidence >= floor)
    return sorted(detections, key=lambda seen: seen.confidence, reverse=True)


def _best_of(scores: NDArray[np.float32], classes: Iterable[int]) -> NDArray[np.float32]:
    """Return the best score among our classes, per box: so that few boxes are looked into."""
    best = np.full(scores.shape[1], -np.inf, np.float32)
    for index in classes:
        if index < len(scores):
            np.maximum(best, scores[index], out=best)
    return best


def _rivals(
    output: NDArray[np.float32], boxes: NDArray[np.float32], classes: Mapping[int, Label]
) -> NDArray[np.float32]:
    """Return how surely another animal is claimed where each of the 4 x K boxes lies."""
    score = _best_of(output[4:], [i for i, label in classes.items() if label is Label.ANIMAL])
    columns = np.flatnonzero((score > FAINTEST_RIVAL) & (score <= 1.0))
    columns = columns[np.isfinite(output[:4, columns]).all(axis=0)]
    columns = columns[np.argsort(-score[columns], kind="stable")][:MAX_CANDIDATES]
    others = _corners(output[:4, columns])
    strongest = np.zeros(boxes.shape[1], np.float32)
    for number, box in enumerate(_corners(boxes)):
        there = overlaps(box, others) >= SAME_PLACE
        strongest[number] = score[columns][there].max(initial=0.0)
    return strongest


def overlaps(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the intersection over union (0 to 1) of one box with N x 4 others, as corners."""
    lower, upper = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.clip(upper - lower, 0.0, None).prod(axis=1)
    joint = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared
    return np.asarray(np.divide(shared, joint, out=np.zeros_like(shared), where=joint > 0))


def survivors(corners: NDArray[np.float64], iou_limit: float) -> list[int]:
    """Return the indices of the boxes that no surer box overlaps by more than the limit.

    `corners` is N x 4 (left, top, right, bottom), the surest first. Empty boxes do not survive.
    """
    sides = corners[:, 2:] - corners[:, :2]
    areas = sides[:, 0] * sides[:, 1]
    waiting = np.flatnonzero((sides > 0).all(axis=1) & (areas > 0))
    kept: list[int] = []
    while waiting.size:
        first, waiting = int(waiting[0]), waiting[1:]
        kept.append(first)
        lower = np.maximum(corners[first, :2], corners[waiting, :2])
        upper = np.minimum(corners[first, 2:], corners[waiting, 2:])
        shared = np.clip(upper - lower, 0.0, None).prod(axis=1)
        joint = areas[first] + areas[waiting] - shared
        waiting = waiting[shared <= iou_limit * joint]
    return kept


def _corners(boxes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Turn 4 x N centres and sizes into N x 4 corners."""
    centre_x, centre_y, width, height = boxes.astype(np.float64)
    half_width, half_height = width / 2, height / 2
    sides = (
        centre_x - half_width,
        centre_y - half_height,
        centre_x + half_width,
        centre_y + half_height,
    )
    return np.stack(sides, axis=1)


def _detections(
    label: Label, confidence: NDArray[np.float32], corners: NDArray[np.float64]
) -> list[Detection]:
    return [
        Detection(label, float(sure), BoundingBox(left, top, right - left, bottom - top))
        for sure, (left, top, right, bottom) in zip(confidence, corners.tolist(), strict=True)
    ]
