"""What one camera says once: shared by those who make it and those who judge it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One picture with elephants: `passage` is the truth, None if there were none.

    `moving` is where animals went in the picture, as far as that was seen.
    """

    camera: int
    at: datetime
    arrives_at: datetime
    count: int
    confidence: float
    passage: int | None
    moving: tuple[str, ...] = ()
