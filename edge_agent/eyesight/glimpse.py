"""What of a frame tells whether the camera still sees: a few numbers and two tiny pictures.

The top and the bottom of a frame are left out. Cameras write clock and name there, sharp and alive
however blind the lens behind them is.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.lighting import COLOUR_SIZE_PX, GREY_BELOW_SPREAD, colour_spread
from detector.pictures import Pixels

STRIP = 0.1
"""The share of the frame's height left out at the top and again at the bottom."""

SEEN_PX = (320, 180)
STRUCTURE_PX = (64, 36)
CELLS = (8, 6)
DARK_BELOW = 8.0
_NOISE = 0.25  # of a grey level, squared: what is below says nothing

Grid = NDArray[np.float32]


class Light(StrEnum):
    """A camera has another normal by day, by infrared, and where no light is at all."""

    DAY = "day"
    GREY = "grey"
    DARK = "dark"


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """One frame, as far as eyesight goes.

    Attributes:
        taken_at: when the frame was captured.
        light: which of the camera's normals it belongs to.
        brightness: mean grey, 0 to 255.
        sharpness: fine contrast over coarse contrast, as a natural logarithm. Dusk and haze take
            both alike and leave it as it is; a lens out of focus takes the fine one.
        detail: 6 x 8; mean contrast between neighbouring pixels in each cell, 0 to 255.
        structure: 36 x 64, zero mean and unit length; where edges are, whatever the light.
        print: differs as soon as one of some thousand sampled pixels does.
    """

    taken_at: datetime
    light: Light
    brightness: float
    sharpness: float
    detail: Grid
    structure: Grid
    print: str


def glimpse_of(pixels: Pixels, taken_at: datetime) -> Glimpse:
    """Reduce a frame (BGR, height x width x 3); some milliseconds, whatever its size."""
    view = _without_strips(pixels)
    grey = cv2.cvtColor(_coarse(view), cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, SEEN_PX, interpolation=cv2.INTER_AREA)
    seen = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), np.uint8)
    brightness = float(seen.mean())
    edges = _edges(seen)
    return Glimpse(
        taken_at=taken_at,
        light=_light_of(view, brightness),
        brightness=brightness,
        sharpness=_sharpness(seen),
        detail=np.asarray(cv2.resize(edges, CELLS, interpolation=cv2.INTER_AREA), np.float32),
        structure=_structure(edges),
        print=_print(view),
    )


def _without_strips(pixels: Pixels) -> Pixels:
    margin = round(pixels.shape[0] * STRIP)
    return pixels[margin : max(margin + 1, pixels.shape[0] - margin)]


def _coarse(view: Pixels) -> Pixels:
    """Leave out most pixels of a large frame; two for each that is kept afterwards remain."""
    step = max(1, view.shape[1] // (2 * SEEN_PX[0]))
    return np.ascontiguousarray(view[::step, ::step])


def _edges(seen: NDArray[np.uint8]) -> Grid:
    across = cv2.Sobel(seen, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(seen, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(cv2.magnitude(across, down) / 4, np.float32)


def _sharpness(seen: NDArray[np.uint8]) -> float:
    fine = cv2.Laplacian(seen, cv2.CV_32F).var()
    soft = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), 4)
    coarse = cv2.subtract(soft, cv2.GaussianBlur(soft, (0, 0), 8)).var()
    return float(np.log((fine + _NOISE) / (coarse + _NOISE)))


def _structure(edges: Grid) -> Grid:
    small = cv2.resize(edges, STRUCTURE_PX, interpolation=cv2.INTER_AREA)
    # Against its surroundings: a twig in the shade counts for as much as one in the flash.
    around = cv2.blur(small, (9, 9))
    evened = small / (around + 2.0)
    evened -= evened.mean()
    length = float(np.linalg.norm(evened))
    return np.asarray(evened / length if length > 1e-6 else evened, np.float32)


def _light_of(view: Pixels, brightness: float) -> Light:
    if brightness < DARK_BELOW:
        return Light.DARK
    return Light.DAY if colour_spread(view) >= GREY_BELOW_SPREAD else Light.GREY


def _print(view: Pixels) -> str:
    """Of single pixels and no means: the sensor's noise is what tells life from a frozen stream."""
    rows = max(1, view.shape[0] // COLOUR_SIZE_PX[1])
    columns = max(1, view.shape[1] // COLOUR_SIZE_PX[0])
    sample = np.ascontiguousarray(view[::rows, ::columns])
    return hashlib.sha256(sample.tobytes()).hexdigest()[:16]
