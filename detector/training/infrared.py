"""Make a day photograph look like a frame of an infrared night camera. Boxes stay true."""

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]


def infrared_look(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a grey picture of the same shape (H, W, 3, BGR) as an infrared flash would show it.

    Only brightness changes, never geometry, so that labels stay true. Used on pictures without
    elephants as well, or grey alone would come to mean "elephant".
    """
    plane = near_infrared(pixels, rng)
    plane = _under_floodlight(plane, rng)
    if rng.random() < 0.25:
        plane = _with_glare(plane, rng)
    if rng.random() < 0.35:  # fog, or a dirty lens that scatters the flash
        plane = plane * np.float32(rng.uniform(0.6, 0.9)) + np.float32(rng.uniform(0.05, 0.2))
    return _recorded(plane, rng)


def near_infrared(pixels: Pixels, rng: np.random.Generator) -> Plane:
    """Return (H, W; 0 to 1) of a picture (H, W, 3, BGR): leaves reflect it well, the sky hardly."""
    blue, green, red = (plane.astype(np.float32) / 255 for plane in cv2.split(pixels))
    weight_blue, weight_green, weight_red = rng.uniform((0.05, 0.4, 0.2), (0.25, 0.9, 0.5))
    plane = np.clip(weight_blue * blue + weight_green * green + weight_red * red, 0, 1)
    upper = np.linspace(1, 0, pixels.shape[0], dtype=np.float32)[:, None] ** 2
    sky = np.clip((blue - 0.55) * 2, 0, 1) * upper
    return np.asarray(plane * (1 - 0.9 * sky), np.float32)


def _distance(
    shape: tuple[int, ...], centre: tuple[float, float], *, scale: tuple[float, float]
) -> Plane:
    """Distance of every pixel from a centre (fractions), in units of `scale` pixels (x, y)."""
    across = (np.arange(shape[1], dtype=np.float32) - centre[0] * shape[1]) / scale[0]
    down = (np.arange(shape[0], dtype=np.float32) - centre[1] * shape[0]) / scale[1]
    return np.asarray(np.hypot(across[None, :], down[:, None]), np.float32)


def _under_floodlight(plane: Plane, rng: np.random.Generator) -> Plane:
    """A bright spot somewhere low in the picture, falling off to black borders."""
    height, width = plane.shape
    centre = (rng.uniform(0.25, 0.75), rng.uniform(0.45, 0.9))
    distance = _distance(plane.shape, centre, scale=(width, height))
    beam = np.exp(-((distance / rng.uniform(0.28, 0.6)) ** 2))
    light = rng.uniform(0.04, 0.18) + beam * rng.uniform(0.55, 1.2)
    return np.asarray(np.clip(plane * light, 0, 1) ** rng.uniform(0.75, 1.25), np.float32)


def _with_glare(plane: Plane, rng: np.random.Generator) -> Plane:
    """A head lamp that looks into the lens."""
    radius_px = rng.uniform(0.03, 0.12) * plane.shape[1]
    centre = (rng.uniform(0, 1), rng.uniform(0.2, 0.9))
    distance = _distance(plane.shape, centre, scale=(radius_px, radius_px))
    lamp = np.exp(-(distance**2) / 2) * rng.uniform(0.5, 1.2)
    return np.asarray(np.clip(plane + lamp + rng.uniform(0, 0.15), 0, 1), np.float32)


def _recorded(plane: Plane, rng: np.random.Generator) -> Pixels:
    """Soft focus, sensor noise that grows with light, and a camera's thrifty JPEG."""
    plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), rng.uniform(0.4, 1.6)), np.float32)
    noise = rng.standard_normal(plane.shape, dtype=np.float32) * rng.uniform(0.01, 0.05)
    plane = np.asarray(plane + noise * np.sqrt(np.clip(plane, 0.02, 1)), np.float32)
    grey = (np.clip(plane, 0, 1) * 255).astype(np.uint8)
    quality = int(rng.integers(35, 85))
    encoded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    if decoded is None:
        raise ValueError("a picture that was just encoded cannot be decoded")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_GRAY2BGR), np.uint8)
