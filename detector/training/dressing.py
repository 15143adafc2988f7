"""Dress one picture of ultralytics' dataset: cut, half hidden, at night. Needs ultralytics."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from ultralytics.utils.instance import Instances

from detector.training.cover import Corners
from detector.training.cut import Cut, cut_through
from detector.training.folder import lighting_of_laid
from detector.training.looks import Looks
from detector.training.teacher import ELEPHANT

SMALLEST_CUT_PX = 40  # of a smaller animal nothing is left that could be known

Boxes = npt.NDArray[np.float64]


def dressed(label: dict[str, Any], looks: Looks) -> dict[str, Any]:
    """Return ultralytics' label (before mosaic and scaling) with another look and true boxes."""
    # ultralytics seeds numpy's global generator in every worker; ours follows it
    rng = np.random.default_rng(np.random.randint(2**31))
    if rng.random() < looks.cut_share:
        label = _cut(label, looks, rng)
    is_day = lighting_of_laid(Path(label["im_file"])) == "day"
    label["img"] = looks.put_on(label["img"], _elephants(label), is_day=is_day, rng=rng)
    return label


def _cut(label: dict[str, Any], looks: Looks, rng: np.random.Generator) -> dict[str, Any]:
    corners = _corners(label)
    large = (corners[:, 2:] - corners[:, :2]).min(axis=1, initial=np.inf) >= SMALLEST_CUT_PX
    elephants = np.flatnonzero(large & (label["cls"].ravel() == ELEPHANT))
    if not elephants.size:
        return label
    boxes = [(box[0], box[1], box[2], box[3]) for box in corners.tolist()]
    tried = int(rng.choice(elephants))
    visible = float(rng.uniform(looks.visible_low, looks.visible_high))
    cut = cut_through(label["img"], boxes, tried, visible, rng)
    return label if cut is None else _with(label, cut)


def _with(label: dict[str, Any], cut: Cut) -> dict[str, Any]:
    """Enlarge the cut frame to the size the whole one had, as the network would see it."""
    height, width = cut.pixels.shape[:2]
    scale = max(label["img"].shape[:2]) / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    corners = np.asarray(cut.boxes, np.float32) / (width, height, width, height)
    bboxes = np.hstack([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]])
    no_outlines = np.zeros((0, 1000, 2), np.float32)
    return {
        **label,
        "img": cv2.resize(cut.pixels, size, interpolation=cv2.INTER_LINEAR),
        "resized_shape": (size[1], size[0]),
        "cls": label["cls"][list(cut.kept)],
        "instances": Instances(
            bboxes.astype(np.float32), no_outlines, None, bbox_format="xywh", normalized=True
        ),
    }


def _elephants(label: dict[str, Any]) -> list[Corners]:
    corners = _corners(label)[label["cls"].ravel() == ELEPHANT].astype(int)
    return [(left, top, right, bottom) for left, top, right, bottom in corners.tolist()]


def _corners(label: dict[str, Any]) -> Boxes:
    """Corners in pixels, cut at the border. The boxes come as centre and size."""
    height, width = label["img"].shape[:2]
    instances = label["instances"]
    boxes = np.asarray(instances.bboxes, np.float64).reshape(-1, 4)
    if instances.normalized:
        boxes = boxes * (width, height, width, height)
    upper_left, lower_right = boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2
    return np.hstack([upper_left.clip(0), lower_right.clip(0, (width, height))])
