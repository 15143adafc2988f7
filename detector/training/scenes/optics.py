"""Lens and sensor: near blur, motion blur, bloom, vignette, tone curve and noise."""

from collections.abc import Sequence

import cv2
import numpy as np

from detector.training.scenes.actors import Actor
from detector.training.scenes.arrays import Floats, Pixels
from detector.training.scenes.site import Site, Surfaces

NIGHT_EXPOSURE_S = 1 / 24
DAY_EXPOSURE_S = 1 / 160


def develop(
    radiance: Floats,
    surfaces: Surfaces,
    site: Site,
    actors: Sequence[Actor],
    *,
    night: bool,
    rng: np.random.Generator,
) -> Pixels:
    """Turn supersampled radiance (h, w, 1 or 3) into the camera's picture, BGR without strip."""
    size, supersampling = site.camera.size, site.camera.supersampling
    image = _blur_near(radiance, surfaces.depth, site)
    image = _smear(image, surfaces, site, actors, NIGHT_EXPOSURE_S if night else DAY_EXPOSURE_S)
    image = _bloom(image, supersampling)
    small = cv2.resize(image, (size.width_px, size.picture_px), interpolation=cv2.INTER_AREA)
    vignette = _vignette(size.width_px, size.picture_px, 0.40 if night else 0.22)
    image = _channels(small) * vignette
    tones = _night_tones(image, vignette, rng) if night else _day_tones(image, rng)
    return (np.clip(tones, 0, 1) * 255 + 0.5).astype(np.uint8)


def _channels(image: np.ndarray) -> Floats:
    """OpenCV drops the axis of a single channel: put it back."""
    return image if image.ndim == 3 else image[..., None]


def _gauss(image: np.ndarray, sigma_px: float) -> Floats:
    return _channels(cv2.GaussianBlur(image, (0, 0), sigma_px))


def _blur_near(image: Floats, depth: Floats, site: Site) -> Floats:
    """Leaves at the lens are out of focus."""
    supersampling = site.camera.supersampling
    near = _gauss((depth < site.path_m * 0.36).astype(np.float32), 2.5 * supersampling)
    return image + (_gauss(image, 1.6 * supersampling) - image) * near


def _smear(
    image: Floats, surfaces: Surfaces, site: Site, actors: Sequence[Actor], exposure_s: float
) -> Floats:
    """The long exposure of an infrared frame smears what moves."""
    for number, actor in enumerate(actors):
        length = int(abs(actor.speed_mps) * exposure_s * site.camera.focal_px / actor.y)
        mine = surfaces.owner == number
        if length < 2 or not mine.any():
            continue
        smeared = _channels(cv2.blur(image, (length | 1, 1)))
        image = image + (smeared - image) * _gauss(mine.astype(np.float32), 1.5)
    return image


def _bloom(image: Floats, supersampling: float) -> Floats:
    height, width = image.shape[:2]
    bright = np.minimum(np.maximum(image - 0.9, 0), 12)
    small = cv2.resize(bright, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    glow = _gauss(small, 1.2 * supersampling) * 0.35 + _gauss(small, 8 * supersampling) * 0.22
    return image + _channels(cv2.resize(glow, (width, height)))


def _vignette(width: int, height: int, strength: float) -> Floats:
    x = np.linspace(-1, 1, width)[None, :, None]
    y = np.linspace(-0.72, 0.72, height)[:, None, None]
    return (1 / (1 + strength * (x * x + y * y)) ** 2).astype(np.float32)


def _night_tones(image: Floats, vignette: Floats, rng: np.random.Generator) -> Floats:
    """Grey, three equal channels: scattered flash veils the blacks, rows and pixels are noisy."""
    tones = (1 - np.exp(-1.25 * image)) ** 0.5
    tones = 0.055 + 0.86 * tones + 0.025 * vignette
    grain = rng.normal(size=tones.shape)
    grain = _gauss(grain, 0.7) * 1.3 + 0.4 * grain
    rows = rng.normal(size=(tones.shape[0], 1, 1)) * 0.004
    tones = tones + grain * (0.008 + 0.007 * np.sqrt(np.clip(tones, 0, 1))) + rows
    tones = _gauss(tones, 0.55) + rng.normal(size=tones.shape) * 0.006
    return np.repeat(tones, 3, 2)


def _day_tones(image: Floats, rng: np.random.Generator) -> Floats:
    """Auto exposure, a gentle S curve, slightly pale colours, little noise; as BGR."""
    exposed = image * (0.22 / np.percentile(image.mean(-1), 75))
    tones = np.clip(1 - np.exp(-1.25 * exposed), 0, 1) ** (1 / 2.2)
    grey = tones.mean(-1, keepdims=True)
    tones = grey + (tones - grey) * 0.86
    tones = tones + 0.08 * np.sin(2 * np.pi * (tones - 0.5))
    tones = _gauss(0.025 + 0.95 * tones, 0.5)
    noise = _gauss(rng.normal(size=tones.shape), 0.6) * 0.016
    return np.asarray((tones + noise)[..., ::-1])
