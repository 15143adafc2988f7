"""Reads the clocks of this process."""

import time
from dataclasses import dataclass
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
