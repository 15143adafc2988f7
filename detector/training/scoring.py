"""Judge weights between epochs by recall at 2 % false alarms. Needs torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from detector.evaluation.rates import share_at, threshold_for
from detector.training.dataset import LabelledPicture
from detector.training.teacher import ELEPHANT

GROUPS = ("day", "night_ir", "thermal", "partial")


@dataclass(frozen=True, slots=True)
class Standing:
    """Recall per group at one false-alarm rate over all negatives, and the threshold there."""

    threshold: float
    recall: dict[str, float]

    @property
    def merit(self) -> float:
        """One figure to rank by: the mean over day, night, thermal and partial."""
        return sum(self.recall.values()) / len(self.recall)

    def __str__(self) -> str:
        groups = "  ".join(f"{name} {value:.3f}" for name, value in self.recall.items())
        return f"{groups}  merit {self.merit:.4f}  threshold {self.threshold:.3f}"


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

    def judge(self, network: Any, *, false_alarm_rate: float = 0.02) -> Standing:
        """Score a torch detection model (80 classes, one-to-many head) on every picture."""
        scores = self.scores(network)
        pairs = list(zip(self._pictures, scores, strict=True))
        negatives = [score for picture, score in pairs if not picture.has_elephant]
        threshold = threshold_for(negatives, false_alarm_rate)
        recall = {}
        for group in GROUPS:
            positives = [score for picture, score in pairs if _belongs(picture, group)]
            recall[group] = share_at(positives, threshold).rate or 0.0
        return Standing(threshold, recall)

    def scores(self, network: Any) -> list[float]:
        """Return the best elephant confidence (0 to 1) of each picture, in order."""
        import torch

        network = network.float().eval()
        network.model[-1].end2end = False
        best: list[float] = []
        with torch.inference_mode():
            for frame in self._frames:
                tensor = torch.from_numpy(frame).float()[None] / 255
                output = network(tensor)
                output = output[0] if isinstance(output, list | tuple) else output
                best.append(float(output[0, 4 + ELEPHANT].max()))
        return best


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
