"""What waits in an outbox, named; its bytes are read when it leaves."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge_agent.contracts.messages import StoredKind

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Letter:
    """Names one thing that waits to be sent; its bytes are read when it leaves."""

    kind: StoredKind
    id: str
    revision: int


@dataclass(frozen=True, slots=True)
class Source:
    """The file a sighting was made from, for cameras whose files outlive a restart."""

    deployment_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Steady:
    """A moment of a clock that nobody can set: seconds since the machine started, and which start.

    Between two starts nobody knows how long the power was gone.
    """

    boot: str
    seconds: float

    @classmethod
    def now(cls) -> "Steady":
        """Read the clock; it also runs while the machine sleeps."""
        return cls(_boot(), time.clock_gettime(time.CLOCK_BOOTTIME))

    def since(self, earlier: "Steady") -> float:
        """Return the seconds since another moment: all of them, or at least so many."""
        same = self.boot == earlier.boot
        return max(0.0, self.seconds - earlier.seconds) if same else self.seconds


@dataclass(frozen=True, slots=True)
class Kept:
    """One row as it is kept. `owner` is the sighting that a picture shows.

    `seen_at` is when the animals were last seen, by the station's clock: it says what is still
    worth ringing a phone for.
    """

    letter: Letter
    body: bytes
    kept_at: datetime
    seen_at: datetime
    kept: Steady
    owner: str | None = None


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
