"""Judge weights between epochs as their release would be: by recall at few false alarms."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.detection import Lighting
from detector.evaluation.looking import Seen, Sees, look
from detector.evaluation.thresholds import Thresholds, choose_thresholds, rings
from detector.eyes import Eyes
from detector.release import Release
from detector.training.dataset import DatasetError, LabelledPicture

GROUPS = ("day", "night_ir", "thermal", "partial")
RATES = (0.02, 0.05, 0.10)  # false alarms; one rate alone hangs on a handful of pictures


@dataclass(frozen=True, slots=True)
class Standing:
    """Recall per group at the first rate of false alarms, each lighting with its own threshold.

    `merit` is one figure to rank by: the recall of all groups averaged over all `RATES`.
    """

    thresholds: dict[Lighting, float]
    recall: dict[str, float]
    merit: float

    def __str__(self) -> str:
        groups = "  ".join(f"{name} {value:.3f}" for name, value in self.recall.items())
        thresholds = " ".join(f"{value:.2f}" for value in self.thresholds.values())
        return f"{groups}  merit {self.merit:.4f}  thresholds {thresholds}"


def standing(seen: Sequence[Seen]) -> Standing:
    """Say what a network is worth that saw pictures so; thresholds by the rule of releases."""
    thresholds = [choose_thresholds(seen, rate) for rate in RATES]
    recalls = [_recall(seen, chosen) for chosen in thresholds]
    merit = sum(sum(recall.values()) for recall in recalls) / (len(RATES) * len(GROUPS))
    return Standing(thresholds[0], recalls[0], merit)


class Jury:
    """Shows the pictures of a split to many weights, in the way that a release looks."""

    def __init__(self, pictures: Sequence[LabelledPicture], *, eyes: Callable[[Any], Sees]) -> None:
        """`eyes` lets a network look. Raises DatasetError where there is nothing to tell apart."""
        if {picture.has_elephant for picture in pictures} != {True, False}:
            raise DatasetError("a jury needs pictures with elephants and pictures without")
        self._pictures, self._eyes = list(pictures), eyes

    def judge(self, network: Any) -> Standing:
        """Let a network look at every picture and say what it is worth."""
        return standing(look(self._pictures, self._eyes(network)))


def deceiving(pictures: Iterable[LabelledPicture], eyes: Sees, *, from_score: float) -> set[Path]:
    """Return the pictures without elephants that score at least `from_score` (0 to 1)."""
    seen = look((picture for picture in pictures if not picture.has_elephant), eyes)
    return {one.picture.path for one in seen if one.score >= from_score}


class TorchEyes(Eyes):
    """Looks with a copy of a torch detection model (80 classes, one-to-many head)."""

    def __init__(self, release: Release, network: Any) -> None:
        """`release` says how to look, with thresholds and network of its own that are not used."""
        import torch

        super().__init__(release)
        self._network = deepcopy(network).float().eval().fuse(verbose=False)
        self._network.model[-1].end2end = False
        self._network.to(memory_format=torch.channels_last)

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            shown = torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)
            output = self._network(shown)
            output = output[0] if isinstance(output, list | tuple) else output
            return np.asarray(output[0].numpy(), np.float32)


def _recall(seen: Sequence[Seen], thresholds: Thresholds) -> dict[str, float]:
    recall = {}
    for group in GROUPS:
        answers = [rings(one, thresholds) for one in seen if _belongs(one.picture, group)]
        recall[group] = sum(answers) / len(answers) if answers else 0.0
    return recall


def _belongs(picture: LabelledPicture, group: str) -> bool:
    if not picture.has_elephant:
        return False
    return picture.partial if group == "partial" else picture.lighting == group
