"""Stand cut-out animals into real night pictures: what no camera recorded but the forest has.

Elephants and other animals are cut out and pasted in the same way, so that an edge, a blur or a
grey of ours never comes to mean "elephant".
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from detector.training.infrared import near_infrared

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Corners = tuple[int, int, int, int]  # left, top, right, bottom in pixels; right and bottom excluded

CUT_SIDE_PX = (
    224  # the longer side at which an outline is searched: finer costs more, shows nothing
)
LEAST_BODY, MOST_BODY = 0.25, 0.9  # of its box: less is a branch, more is a box that was not cut
LEAST_CONTRAST = 11.0  # grey levels from what is behind it; fainter, nobody could know it is there
_GREY = 6.0  # mean difference between channels up to which a picture counts as grey


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """An animal as infrared would show it: grey (H, W; 0 to 1), and how much of a pixel is it."""

    class_index: int
    grey: Plane
    alpha: Plane


@dataclass(frozen=True, slots=True, eq=False)
class Pasted:
    """A night picture (H, W, 3, BGR) with one animal more, its class and its box in pixels."""

    pixels: Pixels
    class_index: int
    box: Corners


def cut_out(
    pixels: Pixels, box: Corners, class_index: int, rng: np.random.Generator
) -> CutOut | None:
    """Cut the animal in `box` out of a picture (H, W, 3, BGR); None where no outline is found.

    GrabCut (Rother et al. 2004) with the box as its first guess.
    """
    crop, inner = _with_margin(pixels, box)
    scale = CUT_SIDE_PX / max(crop.shape[:2])
    if scale < 1:
        crop = np.asarray(cv2.resize(crop, None, fx=scale, fy=scale), np.uint8)
        inner = tuple(round(value * scale) for value in inner)
    left, top, right, bottom = inner
    if right - left < 24 or bottom - top < 24:
        return None
    mask = np.zeros(crop.shape[:2], np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(int(rng.integers(2**31)))
    rectangle = (left, top, right - left, bottom - top)
    try:
        cv2.grabCut(crop, mask, rectangle, *models, 3, cv2.GC_INIT_WITH_RECT)
    except cv2.error:  # one flat colour has no two parts
        return None
    body = _largest_part(((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8))
    share = float(body.sum()) / ((right - left) * (bottom - top))
    if not LEAST_BODY <= share <= MOST_BODY:
        return None
    alpha = cv2.GaussianBlur(body.astype(np.float32), (0, 0), 0.8)
    rows, columns = np.flatnonzero(body.any(1)), np.flatnonzero(body.any(0))
    seen = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return CutOut(class_index, near_infrared(crop, rng)[seen], np.asarray(alpha[seen], np.float32))


def paste(
    background: Pixels, animal: CutOut, rng: np.random.Generator, *, warm: bool = False
) -> Pasted | None:
    """Stand an animal into a grey night picture, as far away as chance has it, cut by the frame.

    A `warm` one glows, as bodies do in thermal pictures.

    None where the place that chance chose would leave it invisible, or hardly in the frame.
    """
    height, width = background.shape[:2]
    wide = int(width * np.exp(rng.uniform(np.log(0.06), np.log(0.6))))
    tall = round(wide * animal.grey.shape[0] / animal.grey.shape[1])
    if tall > 1.1 * height or min(wide, tall) < 12:
        return None
    # what is large is near, and what is near stands low in the picture
    foot = height * min(1.1, rng.uniform(0.5, 0.9) + 0.3 * tall / height)
    left, top = int(rng.uniform(-0.3, 1.3) * (width - wide)), int(foot - tall)
    box = (max(left, 0), max(top, 0), min(left + wide, width), min(top + tall, height))
    if (box[2] - box[0]) * (box[3] - box[1]) < 0.25 * wide * tall or min(box[2:]) <= 0:
        return None
    inside = (slice(box[1] - top, box[3] - top), slice(box[0] - left, box[2] - left))
    grey, alpha = (_resized(plane, wide, tall)[inside] for plane in (animal.grey, animal.alpha))
    if rng.random() < 0.5:
        grey, alpha = (
            _resized(animal.grey[:, ::-1], wide, tall)[inside],
            _resized(animal.alpha[:, ::-1], wide, tall)[inside],
        )
    place = background[box[1] : box[3], box[0] : box[2]].astype(np.float32).mean(axis=2)
    lit = _lit(grey, alpha, place, rng, warm=warm)
    if lit is None:
        return None
    mixed = place * (1 - alpha) + _as_sharp(lit, background, rng) * alpha
    pixels = background.copy()
    pixels[box[1] : box[3], box[0] : box[2]] = np.clip(mixed, 0, 255)[..., None].astype(np.uint8)
    return Pasted(pixels, animal.class_index, _bounds(alpha, box))


def is_grey(pixels: Pixels) -> bool:
    """Whether a picture (H, W, 3) has no colour, as infrared has none."""
    shown = pixels[::4, ::4].astype(np.int16)
    return float(np.abs(shown - shown.mean(axis=2, keepdims=True)).mean()) < _GREY


def _lit(
    grey: Plane, alpha: Plane, place: Plane, rng: np.random.Generator, *, warm: bool
) -> Plane | None:
    """Light the animal like its surroundings, a little nearer to or farther from the flash."""
    body = alpha > 0.5
    if not body.any():
        return None
    behind = float(place[body].mean())
    darker, brighter = rng.uniform(-0.8, -0.2) * behind, rng.uniform(10, 95)
    blown_out = rng.uniform(
        95, 210
    )  # near a floodlight all that is left of an animal is its outline
    level = behind + float(
        rng.uniform(40, 140) if warm else rng.choice([darker, brighter, blown_out])
    )
    texture = (grey - float(grey[body].mean())) / max(float(grey[body].std()), 0.02)
    contrast = float(rng.uniform(0.02, 0.12) if warm else rng.uniform(0.12, 0.4)) * max(level, 20)
    near_side, far_side = rng.uniform(0.75, 1.25), rng.uniform(0.75, 1.25)
    fall_off = np.linspace(near_side, far_side, grey.shape[1])[None, :]
    lit = np.asarray((level + contrast * np.clip(texture, -2.5, 2.5)) * fall_off, np.float32)
    difference = abs(float(np.clip(lit[body], 0, 255).mean()) - behind)
    return lit if difference >= LEAST_CONTRAST else None


def _as_sharp(lit: Plane, background: Pixels, rng: np.random.Generator) -> Plane:
    """Give the animal the softness and the noise of the picture it stands in."""
    whole = background[..., 1].astype(np.float32)
    noise = float(np.median(np.abs(whole - cv2.GaussianBlur(whole, (0, 0), 1.0)))) / 0.6745
    soft = cv2.GaussianBlur(lit, (0, 0), float(rng.uniform(0.5, 1.8)))
    grain = rng.standard_normal(lit.shape, dtype=np.float32) * noise
    return np.asarray(soft + grain, np.float32)


def _bounds(alpha: Plane, box: Corners) -> Corners:
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    columns = np.flatnonzero((alpha > 0.5).any(axis=0))
    left, top = box[0] + int(columns[0]), box[1] + int(rows[0])
    return left, top, box[0] + int(columns[-1]) + 1, box[1] + int(rows[-1]) + 1


def _with_margin(pixels: Pixels, box: Corners) -> tuple[Pixels, Corners]:
    """The box with a tenth of background around it, and where the box lies in that."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = box
    across, down = max(4, (right - left) // 10), max(4, (bottom - top) // 10)
    from_x, from_y = max(left - across, 0), max(top - down, 0)
    crop = pixels[from_y : min(bottom + down, height), from_x : min(right + across, width)]
    inner = (left - from_x, top - from_y, right - from_x, bottom - from_y)
    return np.ascontiguousarray(crop), inner


def _largest_part(body: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    count, parts, figures, _ = cv2.connectedComponentsWithStats(body)
    if count < 2:
        return body
    largest = 1 + int(np.argmax(figures[1:, cv2.CC_STAT_AREA]))
    return np.asarray(parts == largest, np.uint8)


def _resized(plane: Plane, width: int, height: int) -> Plane:
    shrinks = width < plane.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), interpolation=how), np.float32)
