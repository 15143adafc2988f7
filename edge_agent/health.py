"""What the station counts about itself, and how it says so."""

import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from uuid import UUID

from edge_agent.camera_record import CameraRecord
from edge_agent.contracts.messages import HealthMessage
from edge_agent.eyesight.eyesight import Eyesight
from edge_agent.outbox import Condition, Outbox
from edge_agent.vitals.board import read_vitals

_MOST_CAMERAS = 32
_MOST_WORDS = 200
_REMEMBERED_SHARE = 0.9  # of the running mean of inference times


@dataclass
class Tally:
    """Counts of one run; each camera's watch adds to it, all in one thread."""

    frames: int = 0
    broken: int = 0
    inference_ms: float | None = None
    sightings: set[UUID] = field(default_factory=set)
    cameras: dict[str, CameraRecord] = field(default_factory=dict)

    def record_of(self, deployment_id: str, eyesight: Eyesight | None = None) -> CameraRecord:
        """Return the record of one camera; it begins with the first asking."""
        if deployment_id not in self.cameras:
            self.cameras[deployment_id] = CameraRecord(deployment_id, eyesight)
        return self.cameras[deployment_id]

    def looked(self, began_s: float) -> None:
        """Count a frame whose look began at `began_s` of the monotonic clock."""
        took_ms = (time.monotonic() - began_s) * 1000
        before = took_ms if self.inference_ms is None else self.inference_ms
        self.inference_ms = _REMEMBERED_SHARE * before + (1 - _REMEMBERED_SHARE) * took_ms
        self.frames += 1


def health_of(
    tally: Tally, outbox: Outbox, state_dir: Path, release: str, *, simulated: bool
) -> HealthMessage:
    """Return how the station is now. A disk that cannot be asked is trouble, not an end."""
    now = datetime.now(UTC)
    free_mb, trouble = _free_mb(state_dir), _trouble(outbox)
    return HealthMessage(
        simulated=simulated,
        at=now,
        queue_length=outbox.unsent(),
        oldest_unsent_at=outbox.oldest_unsent_at(),
        frames_seen=tally.frames,
        frames_broken=tally.broken,
        inference_ms=tally.inference_ms,
        disk_free_mb=free_mb,
        release=release,
        version=installed_version(),
        bytes_sent_today=outbox.spent(now.date().isoformat()),
        trouble=trouble[:_MOST_WORDS] if trouble is not None else None,
        vitals=read_vitals(),
        cameras=tuple(record.health() for record in list(tally.cameras.values())[:_MOST_CAMERAS]),
    )


def _trouble(outbox: Outbox) -> str | None:
    if outbox.trouble is not None:
        return f"what is seen is kept in memory only: {outbox.trouble}"
    if outbox.condition is Condition.SHORT:
        return "no room: old pictures are given up"
    return None


def _free_mb(folder: Path) -> float | None:
    try:
        return shutil.disk_usage(folder).free / 1e6
    except OSError:
        return None


def installed_version() -> str | None:
    """Return Trunkline's version; None where it runs without being installed."""
    try:
        return version("trunkline")
    except PackageNotFoundError:
        return None
