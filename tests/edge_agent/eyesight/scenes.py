"""A made-up place before a camera, and all that can happen to the two."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np

from detector.pictures import Pixels
from edge_agent.eyesight.eyesight import Eyesight
from edge_agent.eyesight.rules import Finding
from tests.edge_agent.builders import DUSK

_NOON = DUSK.replace(hour=4)
Change = Callable[[Pixels], Pixels]


def a_place(*, seed: int = 1) -> Pixels:
    """Trunks, grass and a road: edges of every size, with colour."""
    random = np.random.default_rng(seed)
    view = np.full((180, 320, 3), (70, 110, 90), np.uint8)
    for _ in range(160):
        x, y = int(random.integers(0, 320)), int(random.integers(0, 180))
        width, height = int(random.integers(2, 12)), int(random.integers(5, 80))
        colour = tuple(int(value) for value in random.integers(10, 230, 3))
        cv2.rectangle(view, (x, y), (x + width, y + height), colour, -1)
    return view


def at_night(view: Pixels) -> Pixels:
    """Infrared: grey, lit from the camera."""
    grey = cv2.cvtColor(255 - view, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR) * 0.6, np.uint8)


def covered(view: Pixels) -> Pixels:
    """A leaf on the lens."""
    return np.asarray(cv2.GaussianBlur(view, (0, 0), 45) * 0.5 + 40, np.uint8)


def half_covered(view: Pixels) -> Pixels:
    """A leaf on half of the lens."""
    half = view.copy()
    half[:, :170] = covered(view)[:, :170]
    return half


def soft(view: Pixels) -> Pixels:
    """Dew, or a lens that has moved."""
    return np.asarray(cv2.GaussianBlur(view, (0, 0), 2), np.uint8)


def turned(view: Pixels) -> Pixels:
    """A branch hit the camera."""
    return np.asarray(np.roll(view, (10, 30), axis=(0, 1)), np.uint8)


def foggy(view: Pixels) -> Pixels:
    """Morning."""
    return np.asarray(cv2.GaussianBlur(view, (0, 0), 0.5) * 0.2 + 150, np.uint8)


def black(view: Pixels) -> Pixels:
    """Nothing at all."""
    return np.asarray(view * 0.01, np.uint8)


def same(view: Pixels) -> Pixels:
    """Nothing happened."""
    return view


class Months:
    """A camera's life, in steps of five minutes; each picture has the noise of its sensor."""

    def __init__(self, folder: Path, *, view: Pixels | None = None) -> None:
        self.folder = folder
        self.eyesight = Eyesight("ridge-1", folder)
        self.now = _NOON
        self.view = a_place() if view is None else view
        random = np.random.default_rng(0)
        self._noises = cycle([random.normal(0, 2, (180, 320, 1)) for _ in range(5)])

    def pass_by(self, change: Change, *, minutes: float, every_min: float = 5) -> Finding | None:
        """Live on for a while, and return the alarm that is up then."""
        for _ in range(round(minutes / every_min)):
            self.now += timedelta(minutes=every_min)
            self.eyesight.glance(self._noisy(change(self.view)), self.now)
        return self.eyesight.sight.alarm

    def freeze(self, *, minutes: float) -> Finding | None:
        """The same picture again and again, the clock in its corner alone goes on."""
        frozen = self._noisy(self.view)
        for number in range(round(minutes / 2)):
            self.now += timedelta(minutes=2)
            cv2.putText(frozen, f"{number:09d}", (5, 14), 0, 0.4, (255, 255, 255), 1)
            self.eyesight.glance(frozen, self.now)
        return self.eyesight.sight.alarm

    def remembered(self) -> Path:
        """Return the file with what was learnt; the newest glimpse is in it."""
        self.pass_by(same, minutes=10, every_min=10)
        (file,) = self.folder.glob("*.json")
        return file

    def restart(self) -> None:
        """The station is started again."""
        self.eyesight = Eyesight("ridge-1", self.folder)

    def _noisy(self, view: Pixels) -> Pixels:
        return np.asarray(np.clip(view + next(self._noises), 0, 255), np.uint8)


def a_camera_that_knows_its_place(folder: Path) -> Months:
    """It stands under a lamp: it has never seen a night."""
    months = Months(folder)
    months.pass_by(same, minutes=25 * 60, every_min=25)
    return months
