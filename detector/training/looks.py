"""What each picture may become each time training shows it: infrared, half there, or as it was."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.training.cover import Corners, cover
from detector.training.infrared import infrared_look

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Looks:
    """How often which look is put on; shares from 0 to 1."""

    infrared_share: float = 0.4  # of the day pictures, with elephants or without
    cover_share: float = 0.25  # of all pictures
    cut_share: float = 0.2  # of the pictures with elephants
    visible_low: float = 0.2
    visible_high: float = 0.8

    def put_on(
        self, pixels: Pixels, boxes: Sequence[Corners], *, is_day: bool, rng: np.random.Generator
    ) -> Pixels:
        """Return the picture as it is or changed, never in place. `boxes` are the elephants'."""
        if rng.random() < self.cover_share:
            for box in boxes or [_somewhere(pixels, rng)]:  # leaves alone must not mean elephant
                visible = float(rng.uniform(self.visible_low, self.visible_high))
                pixels, _ = cover(pixels, box, visible, rng)
        if is_day and rng.random() < self.infrared_share:
            pixels = infrared_look(pixels, rng)
        return pixels


def _somewhere(pixels: Pixels, rng: np.random.Generator) -> Corners:
    height, width = pixels.shape[:2]
    left, top = int(rng.uniform(0, 0.6) * width), int(rng.uniform(0, 0.6) * height)
    return left, top, left + int(rng.uniform(0.15, 0.4) * width), top + int(0.4 * height)
