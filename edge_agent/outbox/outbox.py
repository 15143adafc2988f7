"""What the station has seen and the server has not yet stored. Survives `kill -9` at any instant.

A row is forgotten on a storage receipt and on nothing else: a broker that is killed may lose what
it had acknowledged, the server's database does not.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from edge_agent.contracts.messages import (
    DetectionMessage,
    StoredItem,
    StoredKind,
    body_sha256,
)

# `number` grows with each keeping, so a revised sighting becomes the newest again.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body BLOB NOT NULL,
    kept_at TEXT NOT NULL,
    refused_because TEXT,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS letters_waiting ON letters (kind, number) WHERE refused_because IS NULL;
CREATE TABLE IF NOT EXISTS looked_at (
    deployment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (deployment_id, name)
) WITHOUT ROWID;
"""
_KEEP = """
INSERT OR REPLACE INTO letters (kind, id, revision, body, kept_at) VALUES (?, ?, ?, ?, ?)
"""
_WAITING = """
SELECT kind, id, revision FROM letters
WHERE kind = ? AND refused_because IS NULL ORDER BY number DESC LIMIT ?
"""
_FORGET = "DELETE FROM letters WHERE kind = ? AND id = ? AND revision <= ?"
_OLDEST = "SELECT min(kept_at) FROM letters WHERE refused_because IS NULL"
_MARK = "INSERT OR IGNORE INTO looked_at (deployment_id, name) VALUES (?, ?)"


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


class Outbox:
    """The station's memory, one SQLite file. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        self._database.execute("PRAGMA journal_mode = WAL")
        # FULL: the write-ahead log is on the disk before `keep` returns, whatever the power does
        # next.
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("PRAGMA busy_timeout = 10000")
        self._database.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; everything that was kept stays kept."""
        with self._lock:
            self._database.close()

    def keep(
        self, sighting: DetectionMessage, picture: bytes | None, source: Source | None = None
    ) -> None:
        """Keep a sighting, its picture and that its file was looked at, all or nothing.

        When this returns, they are on the disk. A new revision takes the place of the one before.
        """
        kept_at = datetime.now(UTC).isoformat()
        rows = [
            (StoredKind.DETECTION, str(sighting.id), sighting.revision, sighting.to_body(), kept_at)
        ]
        if picture is not None:
            rows.append((StoredKind.MEDIA, body_sha256(picture), 1, picture, kept_at))
        with self._transaction() as database:
            database.executemany(_KEEP, rows)
            if source is not None:
                database.execute(_MARK, (source.deployment_id, source.name))

    def forget(self, items: Iterable[StoredItem]) -> int:
        """Forget what the server has stored, and return how many rows that were.

        A receipt covers its revision and those before: a sighting that has grown since stays.
        """
        keys = [(item.kind, item.id, item.revision) for item in items]
        with self._transaction() as database:
            return database.executemany(_FORGET, keys).rowcount

    def set_aside(self, letter: Letter, reason: str) -> bool:
        """Send it no more, keep it to look into; False if that was done before, or it has grown."""
        with self._transaction() as database:
            changed = database.execute(
                "UPDATE letters SET refused_because = ? WHERE kind = ? AND id = ? AND revision = ?"
                " AND refused_because IS NULL",
                (reason, letter.kind, letter.id, letter.revision),
            )
            return changed.rowcount > 0

    def waiting(self, kind: StoredKind, limit: int) -> list[Letter]:
        """Return what waits to be sent or for its receipt, the newest first."""
        with self._lock:
            rows = self._database.execute(_WAITING, (kind, limit)).fetchall()
        return [Letter(StoredKind(kind_), id_, revision) for kind_, id_, revision in rows]

    def body(self, letter: Letter) -> bytes | None:
        """Return a letter's bytes as they were kept; None if it is gone or has grown since."""
        with self._lock:
            row = self._database.execute(
                "SELECT body FROM letters WHERE kind = ? AND id = ? AND revision = ?",
                (letter.kind, letter.id, letter.revision),
            ).fetchone()
        return None if row is None else bytes(row[0])

    def unsent(self) -> int:
        """Count what still waits for its receipt; what was refused waits for nothing."""
        return self._count("refused_because IS NULL")

    def refused(self) -> int:
        """Count what the server could not read."""
        return self._count("refused_because IS NOT NULL")

    def oldest_unsent_at(self) -> datetime | None:
        """When the longest waiting letter was kept."""
        with self._lock:
            (kept_at,) = self._database.execute(_OLDEST).fetchone()
        return datetime.fromisoformat(kept_at) if kept_at is not None else None

    def mark_looked_at(self, source: Source) -> None:
        """Remember that a file was looked at, across restarts."""
        with self._transaction() as database:
            database.execute(_MARK, (source.deployment_id, source.name))

    def was_looked_at(self, source: Source) -> bool:
        """Whether a file was looked at before, in this life of the process or an earlier one."""
        with self._lock:
            row = self._database.execute(
                "SELECT 1 FROM looked_at WHERE deployment_id = ? AND name = ?",
                (source.deployment_id, source.name),
            ).fetchone()
        return row is not None

    def _count(self, condition: str) -> int:
        query = f"SELECT count(*) FROM letters WHERE {condition}"  # noqa: S608 (never from outside)
        with self._lock:
            (count,) = self._database.execute(query).fetchone()
        return int(count)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
