"""What the station counts about itself, and how it says so."""

import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from uuid import UUID

from edge_agent.contracts.messages import HealthMessage
from edge_agent.outbox import Outbox

_REMEMBERED_SHARE = 0.9  # of the running mean of inference times


@dataclass
class Tally:
    """Counts of one run; each camera's watch adds to it, all in one thread."""

    frames: int = 0
    broken: int = 0
    inference_ms: float | None = None
    sightings: set[UUID] = field(default_factory=set)

    def looked(self, began_s: float) -> None:
        """Count a frame whose look began at `began_s` of the monotonic clock."""
        took_ms = (time.monotonic() - began_s) * 1000
        before = took_ms if self.inference_ms is None else self.inference_ms
        self.inference_ms = _REMEMBERED_SHARE * before + (1 - _REMEMBERED_SHARE) * took_ms
        self.frames += 1


def health_of(
    tally: Tally, outbox: Outbox, state_dir: Path, release: str, *, simulated: bool
) -> HealthMessage:
    """Return how the station is now."""
    return HealthMessage(
        simulated=simulated,
        at=datetime.now(UTC),
        queue_length=outbox.unsent(),
        oldest_unsent_at=outbox.oldest_unsent_at(),
        frames_seen=tally.frames,
        frames_broken=tally.broken,
        inference_ms=tally.inference_ms,
        disk_free_mb=shutil.disk_usage(state_dir).free / 1e6,
        release=release,
        version=installed_version(),
    )


def installed_version() -> str | None:
    """Return Trunkline's version; None where it runs without being installed."""
    try:
        return version("trunkline")
    except PackageNotFoundError:
        return None
