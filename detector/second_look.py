"""Look again where the first look is unsure: at the mirror image of the same frame.

An elephant is one from both sides. What deceives the network (a tiger's back, a stump, the noise
of a dark frame) often does so from one side only: a claim that the mirror image does not
bear out loses its confidence. Frames without a claim, and claims beyond doubt, are looked at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import cv2
import numpy as np

from detector.detection import Detection, Label
from detector.pictures import Pixels

Looks = Callable[[Pixels, float], list[Detection]]
"""Looks at a picture; gives what it sees from a confidence on."""
SAME = 0.5
"""Overlap (intersection over union) from which two boxes are the same animal."""
UNSEEN = 0.01
"""The confidence the mirror image gives to what is not seen in it."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Between which confidences (0 to 1) a claim is worth a second look."""

    unsure_from: float
    sure_from: float

    def is_wanted(self, seen: Sequence[Detection]) -> bool:
        """Whether any elephant is claimed that is neither beyond doubt nor beneath notice."""
        return any(self._is_unsure(one) for one in seen)

    def judge(self, first: Sequence[Detection], mirrored: Sequence[Detection]) -> list[Detection]:
        """Return the first look's detections with the confidence that both looks give them.

        `mirrored` is what `look_in_the_mirror` gave. An unsure elephant's confidence becomes the
        geometric mean of both; all else stays as it was.
        """
        others = [one for one in mirrored if _is_elephant(one)]
        judged = [self._judged(one, others) if self._is_unsure(one) else one for one in first]
        return sorted(judged, key=lambda one: one.confidence, reverse=True)

    def _is_unsure(self, one: Detection) -> bool:
        return _is_elephant(one) and self.unsure_from <= one.confidence < self.sure_from

    def _judged(self, one: Detection, others: Sequence[Detection]) -> Detection:
        same = [other.confidence for other in others if one.box.iou(other.box) >= SAME]
        return replace(one, confidence=sqrt(one.confidence * max(same, default=UNSEEN)))


def look_twice(
    pixels: Pixels, look: Looks, look_again: Looks, second: SecondLook, *, floor: float
) -> list[Detection]:
    """Look at a picture (H, W, 3), and at its mirror image if the first look is unsure.

    Returns what both looks together give at least the confidence `floor`, the surest first. What is
    given does not depend on the floor: either look alone may be fainter than both together. To
    `look_again` is best done in another frame than to `look`: an elephant stays one.
    """
    first = look(pixels, min(floor, second.unsure_from))
    if second.is_wanted(first):
        first = second.judge(first, look_in_the_mirror(pixels, look_again, floor=UNSEEN))
    return [one for one in first if one.confidence >= floor]


def look_in_the_mirror(pixels: Pixels, look: Looks, *, floor: float) -> list[Detection]:
    """Look at the mirror image; return what is seen where it lies in the picture itself."""
    seen = look(np.asarray(cv2.flip(pixels, 1), np.uint8), floor)
    return [replace(one, box=one.box.mirrored()) for one in seen]


def _is_elephant(one: Detection) -> bool:
    return one.label is Label.ELEPHANT
