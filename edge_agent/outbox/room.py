"""How much the outbox may hold, and how full the disk around it is."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge_agent.outbox.shelf import Shelf

DISK_BYTES = 500_000_000
RESERVE_BYTES = 50_000_000
MEMORY_BYTES = 32_000_000
"""For letters while the disk cannot be written; a small board must not run out of memory too."""


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class Room:
    """The disk budget of an outbox in a folder.

    Below `reserve_bytes` of free disk, whoever filled it, the file grows no more: what is given up
    makes room for what comes, and sightings alone may still take from the reserve.
    """

    folder: Path
    budget_bytes: int = DISK_BYTES
    reserve_bytes: int = RESERVE_BYTES
    free_bytes: Callable[[Path], int] = field(default=_free_bytes)

    def capacity_bytes(self, shelf: Shelf) -> int:
        """Return how many bytes the letters of a shelf may take together now."""
        try:
            free_bytes = self.free_bytes(self.folder)
        except OSError:
            return self.budget_bytes
        if free_bytes >= self.reserve_bytes:
            return self.budget_bytes
        return min(self.budget_bytes, shelf.file_bytes)
