"""What every camera is to the rest of the station."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from detector.pictures import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture in memory (BGR, height x width x 3), when it was taken and what it is called."""

    name: str
    captured_at: datetime
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class BrokenFrame:
    """Something that should have been a frame. It is counted; the next one may be good."""

    name: str
    reason: str


class Camera(Protocol):
    """A source of frames. Its failures are data or silence, never exceptions."""

    @property
    def deployment_id(self) -> str:
        """Which camera at which place this is."""
        ...

    @property
    def outlives_a_restart(self) -> bool:
        """Whether its frames are there again after a restart, so that they are remembered."""
        ...

    def frames(self) -> AsyncGenerator[Frame | BrokenFrame]:
        """Yield frames until the source ends; a live one never does."""
        ...
