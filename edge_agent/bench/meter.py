"""Reads the clocks and the memory of this process."""

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Spent:
    """What something took: on the wall clock, and of all cores together."""

    wall_s: float
    cpu_s: float

    def __add__(self, other: Self) -> Self:
        """Return both together."""
        return type(self)(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)


class Meter:
    """Runs from its making."""

    def __init__(self) -> None:
        self._wall_s, self._cpu_s = time.monotonic(), time.process_time()

    def read(self) -> Spent:
        """Return what was spent so far."""
        return Spent(time.monotonic() - self._wall_s, time.process_time() - self._cpu_s)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that is no smaller than `share` of them. Raises if there is none.

    No value in between is made up: twenty messages have no finer answer.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def resident_mb() -> float | None:
    """Return the memory this process holds now; None where the platform does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
