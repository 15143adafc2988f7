"""The outbox must open and have room to grow through an outage of weeks."""

import os
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path

from edge_agent.checks.answer import Answer, ok, warning, wrong
from edge_agent.outbox import Outbox

_LITTLE_DISK_MB, _NO_DISK_MB = 500.0, 50.0


def check_disk(state_dir: Path) -> Answer:
    """Write a file as the outbox would, open the outbox, and ask how much room there is."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        _write(state_dir / ".check")
        free_mb = shutil.disk_usage(state_dir).free / 1e6
    except OSError as error:
        words = f"{state_dir} cannot be written: {error.strerror or error}"
        return wrong("disk", words, "is the card full, worn out, read-only, or another user's?")
    with Outbox(state_dir / "outbox.db") as outbox:
        trouble, unsent = outbox.trouble, outbox.unsent()
    if trouble is not None:
        words = f"the outbox in {state_dir} cannot be opened: {trouble}"
        return wrong("disk", words, "move the file away; a new one is begun")
    words = f"{free_mb:,.0f} MB free in {state_dir}, {unsent} unsent"
    if free_mb < _NO_DISK_MB:
        return wrong("disk", words, "free some, or take a larger card")
    if free_mb < _LITTLE_DISK_MB:
        return warning("disk", words, "an outage of weeks will not fit")
    return ok("disk", words)


def newest_kept_at(state_dir: Path) -> datetime | None:
    """Return when the newest message was kept; None if none waits, or none can be read."""
    path = state_dir / "outbox.db"
    if not path.exists():
        return None
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            (kept_at,) = database.execute("SELECT max(kept_at) FROM letters").fetchone()
        return datetime.fromisoformat(kept_at) if kept_at else None
    except (sqlite3.Error, ValueError):
        return None


def _write(probe: Path) -> None:
    with probe.open("wb") as file:
        file.write(b"trunkline")
        file.flush()
        os.fsync(file.fileno())
    probe.unlink()
