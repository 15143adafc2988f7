"""Show every picture of a dataset to a detector, once: all figures are counted from that."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from detector.detection import Detection, Label, Lighting
from detector.lighting import lighting_of
from detector.pictures import Pixels, read_picture
from detector.training.dataset import LabelledPicture

FLOOR = 0.001
"""Average precision counts even faint detections; what rings is decided by the thresholds."""


class Sees(Protocol):
    """A detector, or in a test something that answers like one."""

    def detect(
        self, pixels: Pixels, *, lighting: Lighting | None = None, floor: float | None = None
    ) -> list[Detection]:
        """Return what is in the picture, the surest first."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What a detector said of one picture, in the light it recognised itself."""

    picture: LabelledPicture
    width_px: int
    height_px: int
    lighting: Lighting
    elephants: tuple[Detection, ...]
    took_ms: float

    @property
    def score(self) -> float:
        """The best elephant's confidence, 0 where there is none."""
        return max((elephant.confidence for elephant in self.elephants), default=0.0)


def look(
    pictures: Iterable[LabelledPicture],
    detector: Sees,
    *,
    read: Callable[[Path], Pixels] = read_picture,
) -> list[Seen]:
    """Let the detector see all pictures. Raises UnreadablePictureError: a test set must be whole.

    The lighting is recognised from the picture, as on a station, and not taken from the manifest.
    """
    return [_look_at(picture, read(picture.path), detector) for picture in pictures]


def _look_at(picture: LabelledPicture, pixels: Pixels, detector: Sees) -> Seen:
    lighting = lighting_of(pixels)
    start = time.perf_counter()
    detections = detector.detect(pixels, lighting=lighting, floor=FLOOR)
    took_ms = (time.perf_counter() - start) * 1000
    elephants = tuple(d for d in detections if d.label is Label.ELEPHANT)
    height_px, width_px = pixels.shape[:2]
    return Seen(picture, width_px, height_px, lighting, elephants, took_ms)
