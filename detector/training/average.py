"""Average two sets of weights: what fine-tuning learned, without what it forgot on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.training.scoring import Jury, Standing
from detector.training.torchvision_shim import make_importable


@dataclass(frozen=True, slots=True)
class Mixture:
    """How much of the fine-tuned weights (0 to 1) is in an average, and how it stands."""

    share: float
    standing: Standing


def mix(start: Any, tuned: Any, share: float) -> Any:
    """Return a float32 copy of `tuned` whose every weight is (1 - share) start + share tuned.

    Both must be the same architecture. Counters (integers) are taken from `tuned`.
    """
    from copy import deepcopy

    mixed = deepcopy(tuned).float()
    state, other = mixed.state_dict(), start.float().state_dict()
    if state.keys() != other.keys():
        raise ValueError("the two checkpoints are different networks and cannot be averaged")
    for name, value in state.items():
        if value.dtype.is_floating_point:
            value.mul_(share).add_(other[name], alpha=1 - share)
    return mixed


def choose(start: Any, tuned: Any, shares: Sequence[float], jury: Jury) -> list[Mixture]:
    """Judge every share and return the mixtures, the best first."""
    found = [Mixture(share, jury.judge(mix(start, tuned, share))) for share in shares]
    return sorted(found, key=lambda mixture: mixture.standing.merit, reverse=True)


def load_network(checkpoint: Path) -> Any:
    """Load a checkpoint's detection model in float32 (its moving average where it has one)."""
    make_importable()
    import torch

    saved = torch.load(checkpoint, map_location="cpu", weights_only=False)  # our own files
    return (saved.get("ema") or saved["model"]).float()


def save_network(network: Any, path: Path) -> None:
    """Write a checkpoint that ultralytics and `load_network` can read."""
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": network.half(), "train_args": {}}, path)
    network.float()
