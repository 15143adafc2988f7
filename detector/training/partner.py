"""A second network that stands beside a run: every step pulls the weights a little towards it.

Fine-tuning forgets, and an average with the untouched network at the end brings back what it
forgot, but blindly. Pulled in every step, training sees what the average does and answers it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.training.average import load_network


@dataclass(frozen=True, slots=True)
class Partner:
    """The checkpoint that pulls, and how much of the way the weights go in one epoch (0 to 1)."""

    checkpoint: Path
    pull: float

    def beside(self, model: Any, optimizer: Any, *, steps: int) -> None:
        """Pull every weight of `model`, frozen ones too, after each of `steps` optimiser steps.

        Left to the pull alone, `steps` of them bring the weights `pull` of the way. Raises
        ValueError where the two networks differ.
        """
        import torch

        towards = load_network(self.checkpoint).state_dict()
        if towards.keys() != model.state_dict().keys():
            raise ValueError(f"{self.checkpoint} is another network than the one in training")
        weights = [
            (weight, towards[name].to(weight.device, copy=True))
            for name, weight in model.state_dict().items()
            if weight.dtype.is_floating_point
        ]
        a_step = 1 - (1 - self.pull) ** (1 / steps)

        def pull(*_: object) -> None:
            with torch.no_grad():
                for weight, goal in weights:
                    weight.lerp_(goal, a_step)

        optimizer.register_step_post_hook(pull)
