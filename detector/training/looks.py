"""What each picture may become whenever training shows it: night, fog, half hidden, as it was."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.training.cover import Corners, cover
from detector.training.infrared import infrared_look
from detector.training.weather import Look, dusk, fog, rain_on_the_lens, shaken, thermal_look

Pixels = npt.NDArray[np.uint8]

WEATHER: tuple[Look, ...] = (dusk, fog, rain_on_the_lens, shaken)


@dataclass(frozen=True, slots=True)
class Looks:
    """How often which look is put on; shares from 0 to 1."""

    infrared_share: float = 0.4  # of the day pictures, with elephants or without
    thermal_share: float = 0.05  # of the day pictures, likewise
    weather_share: float = 0.15  # of all pictures: dusk, fog, rain on the lens, a shaken frame
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
        if is_day:
            pixels = self._in_another_light(pixels, rng)
        if rng.random() < self.weather_share:
            kinds = WEATHER if is_day else WEATHER[1:]  # what is dark already has no dusk
            pixels = kinds[int(rng.integers(len(kinds)))](pixels, rng)
        return pixels

    def _in_another_light(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        light = rng.random()
        if light < self.infrared_share:
            return infrared_look(pixels, rng)
        if light < self.infrared_share + self.thermal_share:
            return thermal_look(pixels, rng)
        return pixels


def _somewhere(pixels: Pixels, rng: np.random.Generator) -> Corners:
    height, width = pixels.shape[:2]
    left, top = int(rng.uniform(0, 0.6) * width), int(rng.uniform(0, 0.6) * height)
    return left, top, left + int(rng.uniform(0.15, 0.4) * width), top + int(0.4 * height)
