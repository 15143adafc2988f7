"""What a camera's picture is like when nothing is wrong, in one kind of light."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from edge_agent.eyesight.glimpse import CELLS, STRUCTURE_PX, Glimpse, Grid

LEARNT_AFTER = 20
"""Glimpses before anything is judged."""

_REMEMBERED = 200
_SLOWEST_SHARE = 0.01
_SPREAD_OF_A_NORMAL = 1.4826  # median deviation to standard deviation


@dataclass
class Normal:
    """Robust figures of the last good glimpses. A rare beast in the picture moves no median."""

    learnt: int = 0
    sharpness: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    likeness: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    detail: Grid = field(default_factory=lambda: np.zeros(CELLS[::-1], np.float32))
    structure: Grid = field(default_factory=lambda: np.zeros(STRUCTURE_PX[::-1], np.float32))

    @property
    def is_known(self) -> bool:
        """Whether enough was seen to judge by it."""
        return self.learnt >= LEARNT_AFTER

    def learn(self, glimpse: Glimpse) -> None:
        """Take a good glimpse into the normal; the newest hundred weigh most."""
        if self.learnt:
            self.likeness.append(self.likeness_of(glimpse))
        self.learnt += 1
        share = max(1 / self.learnt, _SLOWEST_SHARE)
        self.sharpness.append(glimpse.sharpness)
        self.detail += share * (glimpse.detail - self.detail)
        self.structure += share * (glimpse.structure - self.structure)

    def likeness_of(self, glimpse: Glimpse) -> float:
        """How far a glimpse shows the same place: 1 is the very same, 0 is another."""
        length = float(np.linalg.norm(self.structure))
        return float((self.structure * glimpse.structure).sum()) / length if length > 0 else 0.0

    @property
    def usual_likeness(self) -> float:
        """The median likeness of good glimpses."""
        return float(np.median(self.likeness)) if self.likeness else 1.0

    @property
    def usual_sharpness(self) -> float:
        """The median sharpness of good glimpses."""
        return float(np.median(self.sharpness)) if self.sharpness else 0.0

    @property
    def sharpness_spread(self) -> float:
        """What a standard deviation of the sharpness would be, were it no robust one."""
        if not self.sharpness:
            return 0.0
        values = np.asarray(self.sharpness)
        return float(_SPREAD_OF_A_NORMAL * np.median(np.abs(values - np.median(values))))
