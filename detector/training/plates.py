"""The empty place behind a film: what stays when everything that moves is taken away."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from detector.sources import BrokenFrame, frames_of
from detector.training.folder import hide_captions

Pixels = npt.NDArray[np.uint8]

FRAMES = 25  # an animal that stands in fewer than half of them is gone from their median
FEWEST = 5


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """An empty place (H, W, 3, BGR), and the noise its camera makes, in grey levels."""

    pixels: Pixels
    grain: float

    def frame(self, rng: np.random.Generator) -> Pixels:
        """Return a new picture of the place, as noisy and about as bright as the camera's own."""
        height, width = self.pixels.shape[:2]
        grain = rng.standard_normal((height, width, 1), dtype=np.float32) * self.grain
        brightness = float(rng.uniform(0.7, 1.25))
        return np.asarray(np.clip(self.pixels * brightness + grain, 0, 255), np.uint8)


def plate_of(film: Path) -> Plate | None:
    """Return the median of frames from all over a film; None where it has too few of one size."""
    capture = cv2.VideoCapture(str(film))
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    capture.release()
    every = max(1, count // FRAMES)
    seen = [f.pixels for f in frames_of(film, every=every) if not isinstance(f, BrokenFrame)]
    frames = [pixels for pixels in seen if pixels.shape == seen[0].shape][: 2 * FRAMES]
    if len(frames) < FEWEST:
        return None
    middle = np.median(np.stack(frames), axis=0).astype(np.uint8)
    differences = np.abs(frames[0].astype(np.float32) - middle).mean(axis=2)
    return Plate(hide_captions(middle), float(np.median(differences)) / 0.6745)
