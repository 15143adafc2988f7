"""What stands between an animal and a camera: dusk, fog, rain on the lens, a shaken frame.

Also a thermal look. Only brightness, colour and sharpness change, so that boxes stay true.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Look = Callable[[Pixels, np.random.Generator], Pixels]

THERMAL_WIDTH_PX = 160  # of the small sensors that villages can afford; enlarged afterwards


def dusk(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a colour picture (H, W, 3, BGR) as the last light shows it: dim, bluish, noisy."""
    light = float(rng.uniform(0.12, 0.45))
    tint = np.array([rng.uniform(1.0, 1.3), 1.0, rng.uniform(0.75, 1.0)], np.float32)
    faded = float(rng.uniform(0.3, 0.8))
    shown = pixels.astype(np.float32)
    grey = shown.mean(axis=2, keepdims=True)
    dim = (grey + (shown - grey) * faded) * light * tint
    grain = rng.standard_normal(pixels.shape, dtype=np.float32) * float(rng.uniform(2, 8))
    lifted = (dim + grain) * float(rng.uniform(1.0, 1.6))  # the camera's gain lifts the noise too
    return _shown(lifted)


def fog(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a picture (H, W, 3) behind fog, thicker towards the top: what is far is high."""
    height = pixels.shape[0]
    far = np.linspace(1, 0, height, dtype=np.float32)[:, None, None]
    thick = np.clip(float(rng.uniform(0.2, 0.55)) + float(rng.uniform(0, 0.35)) * far, 0, 0.85)
    white = float(rng.uniform(150, 235))
    return _shown(pixels.astype(np.float32) * (1 - thick) + white * thick)


def rain_on_the_lens(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a picture (H, W, 3) seen through drops: blurred lenses with a bright rim."""
    height, width = pixels.shape[:2]
    blurred = cv2.GaussianBlur(pixels, (0, 0), max(height, width) / 60)
    drops = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(3, 14))):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        radius = max(2, int(rng.uniform(0.01, 0.07) * max(height, width)))
        axes = (radius, max(2, int(radius * rng.uniform(0.8, 1.5))))
        cv2.ellipse(drops, centre, axes, float(rng.uniform(-20, 20)), 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(drops, (0, 0), 2.0)[..., None]
    mixed = pixels.astype(np.float32) * (1 - soft) + blurred.astype(np.float32) * soft
    rim = np.abs(cv2.Laplacian(cv2.GaussianBlur(drops, (0, 0), 2.0), cv2.CV_32F))[..., None]
    return _shown(mixed + rim * float(rng.uniform(100, 400)))


def shaken(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a picture (H, W, 3) in which everything moved while the shutter was open."""
    length = max(3, int(rng.uniform(0.006, 0.025) * max(pixels.shape[:2]))) | 1
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), rng.uniform(0, 180), 1)
    kernel = np.asarray(cv2.warpAffine(line, turn, (length, length)), np.float32)
    kernel /= max(float(kernel.sum()), 1e-6)
    return np.asarray(cv2.filter2D(pixels, -1, kernel), np.uint8)


def thermal_look(
    pixels: Pixels, rng: np.random.Generator, *, width_px: int = THERMAL_WIDTH_PX
) -> Pixels:
    """Return a grey picture (H, W, 3) as coarse as a small thermal sensor's, mostly a negative.

    What is warm cannot be read from a photograph; that animals are mostly darker than what the sun
    shines on, and bodies in thermal brighter than the ground, is all it rests on.
    """
    height, width = pixels.shape[:2]
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    small = (width_px, max(1, round(height * width_px / width)))
    seen = cv2.resize(grey, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    seen = 1 - seen if rng.random() < 0.75 else seen
    seen = seen + rng.standard_normal(seen.shape, dtype=np.float32) * float(rng.uniform(0.01, 0.05))
    low, high = np.quantile(seen, (float(rng.uniform(0.01, 0.3)), 0.99))
    stretched = np.clip((seen - low) / max(float(high - low), 1e-3), 0, 1) * 255
    large = cv2.resize(stretched.astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), np.uint8)


def _shown(plane: npt.NDArray[np.floating]) -> Pixels:
    return np.asarray(np.clip(plane, 0, 255), np.uint8)
