"""Judge weights between epochs by recall at few false alarms. `Jury` needs torch."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from detector.evaluation.rates import threshold_for
from detector.training.dataset import LabelledPicture
from detector.training.teacher import ELEPHANT

GROUPS = ("day", "night_ir", "thermal", "partial")
RATES = (0.02, 0.05, 0.10)  # false alarms; one rate alone hangs on a handful of pictures


@dataclass(frozen=True, slots=True)
class Standing:
    """Recall per group at the first rate of false alarms, each lighting with its own threshold.

    `merit` is one figure to rank by: the recall of all groups averaged over all `RATES`.
    """

    thresholds: dict[str, float]
    recall: dict[str, float]
    merit: float

    def __str__(self) -> str:
        groups = "  ".join(f"{name} {value:.3f}" for name, value in self.recall.items())
        thresholds = " ".join(f"{value:.2f}" for value in self.thresholds.values())
        return f"{groups}  merit {self.merit:.4f}  thresholds {thresholds}"


def standing(pictures: Sequence[LabelledPicture], scores: Sequence[float]) -> Standing:
    """Say what the best elephant confidence (0 to 1) of each picture is worth."""
    at = [_at_rate(pictures, scores, rate) for rate in RATES]
    recalls = [value for _, recall in at for value in recall.values()]
    return Standing(*at[0], sum(recalls) / len(recalls))


def deceiving(pictures: Sequence[LabelledPicture], network: Any, *, from_score: float) -> set[Path]:
    """Return the pictures without elephants that score at least `from_score` (0 to 1)."""
    # One at a time: a training set, unlike a jury's pictures, does not fit in memory.
    empty = (picture for picture in pictures if not picture.has_elephant)
    return {each.path for each in empty if Jury([each]).scores(network)[0] >= from_score}


class Jury:
    """Holds the letterboxed pictures of a split in memory, to score many weights on them."""

    def __init__(self, pictures: Sequence[LabelledPicture], *, size_px: int = 640) -> None:
        self._pictures = list(pictures)
        self._frames = [_letterbox(picture, size_px) for picture in self._pictures]

    def judge(self, network: Any) -> Standing:
        """Score a torch detection model (80 classes, one-to-many head) on every picture."""
        return standing(self._pictures, self.scores(network))

    def scores(self, network: Any) -> list[float]:
        """Return the best elephant confidence (0 to 1) of each picture, in order."""
        import torch

        network = deepcopy(network).float().eval().fuse(verbose=False)
        network.model[-1].end2end = False
        network.to(memory_format=torch.channels_last)
        best: list[float] = []
        with torch.inference_mode():
            for frame in self._frames:
                tensor = torch.from_numpy(frame).float()[None] / 255
                tensor = tensor.contiguous(memory_format=torch.channels_last)
                output = network(tensor)
                output = output[0] if isinstance(output, list | tuple) else output
                best.append(float(output[0, 4 + ELEPHANT].max()))
        return best


def _at_rate(
    pictures: Sequence[LabelledPicture], scores: Sequence[float], rate: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Thresholds by lighting at one rate of false alarms, and the recall of each group there."""
    pairs = list(zip(pictures, scores, strict=True))
    thresholds = {}
    for lighting in sorted({picture.lighting for picture in pictures}):
        negatives = [s for p, s in pairs if p.lighting == lighting and not p.has_elephant]
        thresholds[lighting] = threshold_for(negatives, rate) if negatives else 0.0
    recall = {}
    for group in GROUPS:
        rings = [s >= thresholds[p.lighting] for p, s in pairs if _belongs(p, group)]
        recall[group] = sum(rings) / len(rings) if rings else 0.0
    return thresholds, recall


def _belongs(picture: LabelledPicture, group: str) -> bool:
    if not picture.has_elephant:
        return False
    return picture.partial if group == "partial" else picture.lighting == group


def _letterbox(picture: LabelledPicture, size_px: int) -> npt.NDArray[np.uint8]:
    """Read as (3, size, size) RGB, the longer side scaled to fit, the rest grey (114)."""
    pixels = cv2.imread(str(picture.path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{picture.path}: not a picture that OpenCV can read")
    scale = size_px / max(pixels.shape[:2])
    width, height = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    frame = np.full((size_px, size_px, 3), 114, np.uint8)
    left, top = (size_px - width) // 2, (size_px - height) // 2
    frame[top : top + height, left : left + width] = cv2.resize(pixels, (width, height))
    return np.ascontiguousarray(frame[:, :, ::-1].transpose(2, 0, 1))
