"""What can be wrong with the outbox's file, and what is done about a damaged one."""

import logging
import shutil
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.outbox.shelf import Shelf

_log = logging.getLogger(__name__)
_PRIMARY = 0xFF  # the lowest byte of SQLite's extended codes
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNWRITABLE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
    }
)
_CHECKED_AT_MOST_BYTES = 64_000_000
_SIDES = ("", "-wal", "-shm")


class DamagedError(sqlite3.DatabaseError):
    """SQLite has looked and found the file damaged."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    sqlite_errorname = "SQLITE_CORRUPT"


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, so that no waiting helps."""
    return _code(error) in _DAMAGED


def is_unwritable(error: sqlite3.Error) -> bool:
    """Whether the disk is full, read-only, away or failing: it may come back."""
    return _code(error) in _UNWRITABLE


def open_checked(path: Path) -> Shelf:
    """Open an outbox file. Large ones are not read through: a start must not take minutes.

    Raises:
        sqlite3.Error: it is damaged, or cannot be opened or written.
        OSError: its folder cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size <= _CHECKED_AT_MOST_BYTES:
        _check(path)
    return Shelf(path)


def start_anew(path: Path, why: sqlite3.Error) -> Shelf:
    """Set a damaged file aside, begin a new one with all that can still be read of the old.

    Only the last damaged file stays: they must not fill the disk.

    Raises:
        sqlite3.Error, OSError: not even a new one can be made.
    """
    for older in path.parent.glob(f"{path.name}.damaged-*"):
        older.unlink(missing_ok=True)
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    for side in _SIDES:
        with suppress(FileNotFoundError):
            shutil.move(f"{path}{side}", f"{aside}{side}")
    shelf = Shelf(path)
    saved = _salvage(aside, shelf)
    _log.error(
        "the outbox was damaged (%s) and is set aside as %s; %d letters could be saved from it",
        why,
        aside.name,
        saved,
    )
    return shelf


def _check(path: Path) -> None:
    database = sqlite3.connect(path)
    try:
        (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    finally:
        database.close()
    if verdict != "ok":
        raise DamagedError(verdict)


def _salvage(aside: Path, into: Shelf) -> int:
    saved = 0
    with suppress(sqlite3.Error):
        old = Shelf(aside)
        try:
            with into.transaction():
                for row in old.rows():
                    into.put(row)
                    saved += 1
        finally:
            old.close()
    return saved


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
