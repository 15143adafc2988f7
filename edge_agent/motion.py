"""Whether anything moves before a camera, so that the network rests while nothing does.

Costs a thousandth of a look: a small grey picture is held against what the place looked like
lately. Leaves that sway and light that changes slowly become part of that; a change of nearly
everything at once (infrared coming on, a lamp) is a new view of the place and no movement.
"""

from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.pictures import Pixels
from edge_agent.contracts.configuration import MotionSettings
from edge_agent.zones import mask_of

WIDTH_PX = 160
"""Of the small picture. A far elephant, one fiftieth of the frame wide, is three pixels."""

_REMEMBERED_FRAMES = 300
_UNUSUAL_VARIANCES = 25.0
_ALL_AT_ONCE_SHARE = 0.5
_SPECK = np.ones((2, 2), np.uint8)


class MotionGate:
    """Opens for frames worth a look. Hand it every frame of one camera, in order."""

    def __init__(self, settings: MotionSettings) -> None:
        self._take(settings)
        self._background = cv2.createBackgroundSubtractorMOG2(
            _REMEMBERED_FRAMES, _UNUSUAL_VARIANCES, detectShadows=False
        )
        self._weights: NDArray[np.float32] | None = None
        self._moved_at: datetime | None = None
        self._opened_at: datetime | None = None

    def retune(self, settings: MotionSettings) -> None:
        """Open by other rules from the next frame on; what the place looks like stays known."""
        self._take(settings)
        if self._weights is not None:
            self._weights = _weights(settings, self._weights.shape)

    def opens_for(self, pixels: Pixels, captured_at: datetime) -> bool:
        """Whether to look at a frame: something moves or has just moved, or none was for long.

        An animal that stands still becomes part of the place; so one frame is let through every
        `look_every_s` all the same.
        """
        if self._moves(pixels):
            self._moved_at = captured_at
        is_open = _is_within(self._hold, self._moved_at, captured_at) or not _is_within(
            self._look_every, self._opened_at, captured_at
        )
        if is_open:
            self._opened_at = captured_at
        return is_open

    def _take(self, settings: MotionSettings) -> None:
        self._settings = settings
        self._hold = timedelta(seconds=settings.hold_s)
        self._look_every = timedelta(seconds=settings.look_every_s)

    def _moves(self, pixels: Pixels) -> bool:
        small = _small(pixels)
        if self._weights is None or self._weights.shape != small.shape:
            # The first frame, or the camera's picture has another shape now: nothing to compare.
            self._weights = _weights(self._settings, small.shape)
            self._background.apply(small, learningRate=1.0)
            return False
        moved = cv2.morphologyEx(self._background.apply(small), cv2.MORPH_OPEN, _SPECK) > 0
        if moved.mean() > _ALL_AT_ONCE_SHARE:
            self._background.apply(small, learningRate=1.0)
            return False
        return float(self._weights[moved].sum()) >= self._settings.least_area * moved.size


def _small(pixels: Pixels) -> NDArray[np.uint8]:
    """Return a grey picture, 160 pixels wide; most of a large frame is never touched."""
    step = max(1, pixels.shape[1] // (2 * WIDTH_PX))
    coarse = np.ascontiguousarray(pixels[::step, ::step])
    grey = cv2.cvtColor(coarse, cv2.COLOR_BGR2GRAY)
    height_px = max(2, round(WIDTH_PX * pixels.shape[0] / pixels.shape[1]))
    small = cv2.resize(grey, (WIDTH_PX, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (5, 5), 0), np.uint8)


def _weights(settings: MotionSettings, shape: tuple[int, ...]) -> NDArray[np.float32]:
    weights = np.ones(shape, np.float32)
    for region in settings.regions:
        inside = mask_of(region.polygon, width_px=shape[1], height_px=shape[0])
        weights[inside] = region.sensitivity
    return weights


def _is_within(span: timedelta, past: datetime | None, now: datetime) -> bool:
    # Both ways: a camera's clock may be set back while it runs.
    return past is not None and abs(now - past) <= span
