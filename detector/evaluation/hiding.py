"""Hide a stated share of one real animal: by the frame's edge, or behind its own surroundings."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detector.pictures import Pixels
from detector.training.cover import Corners, Mask, cover
from detector.training.dataset import LabelledBox


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture (H, W, 3), the animal that is tried in it, and the other animals, in pixels."""

    pixels: Pixels
    animal: Corners
    others: tuple[Corners, ...]


def scene_of(pixels: Pixels, boxes: Sequence[LabelledBox], tried: int) -> Scene:
    """Set one labelled animal apart from those it stands among."""
    height, width = pixels.shape[:2]
    corners = [_corners(box, width, height) for box in boxes]
    return Scene(pixels, corners[tried], tuple(corners[:tried] + corners[tried + 1 :]))


def cut(scene: Scene, visible_share: float) -> Scene:
    """Move an edge of the frame over the animal until that share (0 to 1) of its box is inside.

    Of the four edges the one that leaves the largest frame, as for an animal that has almost
    walked out of it; exact to one row or column of pixels. The network sees the smaller frame a
    little larger than the whole one, where the cut shortens its longer side.
    """
    height, width = scene.pixels.shape[:2]
    left, top, right, bottom = scene.animal
    across = max(1, round(visible_share * (right - left)))
    down = max(1, round(visible_share * (bottom - top)))
    frames = (
        (right - across, 0, width, height),
        (0, 0, left + across, height),
        (0, bottom - down, width, height),
        (0, 0, width, top + down),
    )
    return _inside(scene, max(frames, key=_area))


def covered(scene: Scene, visible_share: float, rng: np.random.Generator) -> tuple[Scene, Mask]:
    """Cover the animal until that share (0 to 1) of its box's pixels is as it was, to the pixel.

    Returns the scene and its mask (H, W; 255 where covered). A leaf's rim, inside the mask, is
    soft and lets a little through. The same seed grows the same plants, more of them for less.
    """
    pixels, mask = cover(scene.pixels, scene.animal, visible_share, rng)
    left, top, right, bottom = scene.animal
    region = mask[top:bottom, left:right]
    region[:] = _trimmed(region, round((1 - visible_share) * region.size))
    pixels = np.where(mask[..., None] > 0, pixels, scene.pixels)
    return Scene(pixels, scene.animal, scene.others), mask


def _trimmed(mask: Mask, wanted_px: int) -> Mask:
    """Clear pixels from the rims of the leaves inwards: the last stroke hides more than asked."""
    depth = np.where(mask > 0, cv2.distanceTransform(mask, cv2.DIST_L2, 3), np.inf)
    too_many = max(0, np.count_nonzero(mask) - wanted_px)
    shallowest = np.argsort(depth, axis=None, kind="stable")[:too_many]
    trimmed = mask.copy()
    trimmed.ravel()[shallowest] = 0  # a copy is in one piece: ravel is a view of it
    return trimmed


def _inside(scene: Scene, frame: Corners) -> Scene:
    left, top, right, bottom = frame
    others = (_clipped(other, frame) for other in scene.others)
    return Scene(
        np.ascontiguousarray(scene.pixels[top:bottom, left:right]),
        _clipped(scene.animal, frame),
        tuple(other for other in others if _area(other) > 0),
    )


def _clipped(box: Corners, frame: Corners) -> Corners:
    """Return the part of a box inside the frame, in the frame's own pixels; empty if outside."""
    left, top = max(box[0], frame[0]), max(box[1], frame[1])
    right, bottom = max(left, min(box[2], frame[2])), max(top, min(box[3], frame[3]))
    return left - frame[0], top - frame[1], right - frame[0], bottom - frame[1]


def _area(box: Corners) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _corners(box: LabelledBox, width: int, height: int) -> Corners:
    left, top, right, bottom = (min(max(corner, 0.0), 1.0) for corner in box.corners)
    return round(left * width), round(top * height), round(right * width), round(bottom * height)
