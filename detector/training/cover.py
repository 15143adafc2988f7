"""Hide part of an animal behind something like vegetation, as bushes do at a camera trap."""

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]
Corners = tuple[int, int, int, int]  # left, top, right, bottom in pixels; right and bottom excluded

_MAX_STROKES = 4000


def cover(
    pixels: Pixels, box: Corners, visible_share: float, rng: np.random.Generator
) -> tuple[Pixels, Mask]:
    """Cover a box until at most `visible_share` (0 to 1) of it can be seen.

    Returns a new picture and the mask (H, W; 255 where covered). What covers comes from the same
    picture, outside the box where it can, so that neither colour nor noise betrays it. The last
    leaf may hide a little more than asked: one stroke is at most a tenth of the box.
    """
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if width < 4 or height < 4:
        return pixels.copy(), np.zeros(pixels.shape[:2], np.uint8)
    hidden = vegetation_mask(height, width, 1 - visible_share, rng)
    filling = _texture(pixels, box, rng)
    covered = pixels.copy()
    region = covered[top:bottom, left:right]
    soft = cv2.GaussianBlur(hidden, (0, 0), 0.7)[..., None].astype(np.float32) / 255
    region[:] = (region * (1 - soft) + filling * soft).astype(np.uint8)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    mask[top:bottom, left:right] = hidden
    return covered, mask


def vegetation_mask(height: int, width: int, share: float, rng: np.random.Generator) -> Mask:
    """Draw blades, stems and leaves until `share` of a (height, width) mask is 255."""
    mask = np.zeros((height, width), np.uint8)
    draw = (_blades, _stem, _leaves)[int(rng.integers(3))]
    for _ in range(_MAX_STROKES):
        if np.count_nonzero(mask) >= share * mask.size:
            break
        # mostly one kind of plant, now and then another: real undergrowth is mixed
        (draw if rng.random() < 0.8 else _leaves)(mask, rng)
    return mask


def _blades(mask: Mask, rng: np.random.Generator) -> None:
    height, width = mask.shape
    foot = rng.integers(0, width)
    tip = foot + rng.normal(0, 0.12) * width
    rise = rng.uniform(0.3, 1.0) * height
    bend = (foot + tip) / 2 + rng.normal(0, 0.03) * width
    points = np.array([[foot, height], [bend, height - rise / 2], [tip, height - rise]], np.int32)
    cv2.polylines(mask, [points], isClosed=False, color=255, thickness=max(1, width // 45))


def _stem(mask: Mask, rng: np.random.Generator) -> None:
    height, width = mask.shape
    top = int(rng.integers(0, width))
    bottom = top + int(0.25 * (int(rng.integers(0, width)) - top))
    thickness = max(1, int(width * rng.uniform(0.02, 0.09)))
    cv2.line(mask, (top, 0), (bottom, height), 255, thickness)


def _leaves(mask: Mask, rng: np.random.Generator) -> None:
    height, width = mask.shape
    # leaves gather low: undergrowth stands in front of the legs first
    spot = np.array([rng.uniform(0, width), height * (1 - rng.random() ** 1.5)])
    for _ in range(6):
        centre = spot + rng.normal(0, 0.06, 2) * (width, height)
        axes = (max(1, int(width * rng.uniform(0.02, 0.07))), max(1, int(height * 0.02)))
        at = (int(centre[0]), int(centre[1]))
        cv2.ellipse(mask, at, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)


def _texture(pixels: Pixels, box: Corners, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A patch of the picture's own background, as large as the box, a little darker or lighter."""
    left, top, right, bottom = box
    height, width = bottom - top, right - left
    bands = [pixels[:, :left], pixels[:, right:], pixels[bottom:], pixels[:top]]
    wide_enough = [band for band in bands if min(band.shape[:2]) >= 8]
    source = wide_enough[int(rng.integers(len(wide_enough)))] if wide_enough else pixels
    patch_height, patch_width = min(height, source.shape[0]), min(width, source.shape[1])
    y = int(rng.integers(0, source.shape[0] - patch_height + 1))
    x = int(rng.integers(0, source.shape[1] - patch_width + 1))
    patch = source[y : y + patch_height, x : x + patch_width]
    tiled = np.pad(
        patch, ((0, height - patch_height), (0, width - patch_width), (0, 0)), mode="symmetric"
    )
    gain = rng.uniform(0.45, 1.25)
    return np.asarray(np.clip(tiled.astype(np.float32) * gain, 0, 255), np.float32)
