"""What a camera's picture is like when nothing is wrong, in one kind of light."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from edge_agent.eyesight.glimpse import CELLS, STRUCTURE_PX, Glimpse, Grid

LEARNT_AFTER = 20
"""Glimpses before anything is judged."""

_REMEMBERED = 200
_SLOWEST_SHARE = 0.01
_STEADY, _CHANGED, _FEW_STEADY = 0.5, 0.2, 0.2
_TINY = 1e-9
_SPREAD_OF_A_NORMAL = 1.4826  # median deviation to standard deviation


@dataclass
class Normal:
    """Robust figures of the last good glimpses. A rare beast in the picture moves no median."""

    learnt: int = 0
    sharpness: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    likeness: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    steadiness: Grid = field(default_factory=lambda: np.ones(CELLS[::-1], np.float32))
    structure: Grid = field(default_factory=lambda: np.zeros(STRUCTURE_PX[::-1], np.float32))

    @property
    def is_known(self) -> bool:
        """Whether enough was seen to judge by it."""
        return self.learnt >= LEARNT_AFTER

    def learn(self, glimpse: Glimpse) -> None:
        """Take a good glimpse into the normal; the newest hundred weigh most."""
        if self.learnt:
            self.likeness.append(self.likeness_of(glimpse))
            self.steadiness += self._share * (self.likeness_by_cell(glimpse) - self.steadiness)
        self.learnt += 1
        share = self._share
        self.sharpness.append(glimpse.sharpness)
        self.structure += share * (glimpse.structure - self.structure)

    def likeness_of(self, glimpse: Glimpse) -> float:
        """How far a glimpse shows the same place: 1 is the very same, 0 is another."""
        length = float(np.linalg.norm(self.structure))
        return float((self.structure * glimpse.structure).sum()) / length if length > 0 else 0.0

    def likeness_by_cell(self, glimpse: Glimpse) -> Grid:
        """The same for each of 6 x 8 cells alone."""
        mine, its = _cells(self.structure), _cells(glimpse.structure)
        lengths = np.linalg.norm(mine, axis=1) * np.linalg.norm(its, axis=1)
        likeness = (mine * its).sum(axis=1) / np.maximum(lengths, _TINY)
        return np.asarray(likeness.reshape(CELLS[::-1]), np.float32)

    def changed_share(self, glimpse: Glimpse) -> float:
        """Share of the cells which always looked alike, and do not look so now; 0 if few do."""
        steady = self.steadiness >= _STEADY
        if steady.mean() < _FEW_STEADY:
            return 0.0
        return float((self.likeness_by_cell(glimpse)[steady] < _CHANGED).mean())

    @property
    def _share(self) -> float:
        return max(1 / max(self.learnt, 1), _SLOWEST_SHARE)

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


def _cells(structure: Grid) -> Grid:
    """Return 48 rows of 48 pixels, each cell's with zero mean."""
    columns, rows = CELLS
    height, width = structure.shape[0] // rows, structure.shape[1] // columns
    cells = structure.reshape(rows, height, columns, width).swapaxes(1, 2)
    flat = cells.reshape(rows * columns, height * width)
    return np.asarray(flat - flat.mean(axis=1, keepdims=True), np.float32)
