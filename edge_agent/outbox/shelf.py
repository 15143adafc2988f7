"""One SQLite database of letters: a file, or memory while the file cannot be written.

Plain rows in and out; every method raises what SQLite raises. Not safe for several threads: the
outbox holds a lock.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.contracts.messages import StoredItem, StoredKind
from edge_agent.outbox.letters import Kept, Letter, Source, Steady
from edge_agent.outbox.schema import prepare

_WAITS = "refused_because IS NULL AND stored_at IS NULL"
_COLUMNS = "kind, id, revision, kept_at, seen_at, boot, kept_s, owner, body"
_BUSY_MS = 10_000
_MOST_SALVAGED = 300_000


class Shelf:
    """Letters on a disk or in memory; `path` is None for memory."""

    def __init__(self, path: Path | None) -> None:
        where = str(path) if path is not None else ":memory:"
        self._database = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
        self._is_sure: bool | None = None
        try:
            self._database.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            self._database.execute("PRAGMA journal_mode = WAL")
            self._be_sure(True)
            prepare(self._database)
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Close it; what is in memory is gone."""
        self._database.close()

    @contextmanager
    def transaction(self, *, sure: bool = True) -> Iterator[None]:
        """All or nothing of what is done inside; when it ends, it is on the disk.

        Unless it need not be `sure`: then a power cut may undo it, and with it whatever came after,
        but nothing that came before. Nobody waits for the disk then.
        """
        self._be_sure(sure)
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:  # SQLite gives up some by itself, as on a full disk
                self._database.execute("ROLLBACK")
            raise

    def _be_sure(self, sure: bool) -> None:  # noqa: FBT001 (what to be)
        if sure is not self._is_sure:
            # FULL: the write-ahead log is on the disk before a transaction ends. Not asking for it
            # never damages the file.
            self._database.execute(f"PRAGMA synchronous = {'FULL' if sure else 'NORMAL'}")
            self._is_sure = sure

    def put(self, row: Kept) -> None:
        """Keep a letter in place of an older self of it. What the server has is not sent again."""
        letter = row.letter
        owner = row.owner
        if letter.kind is StoredKind.MEDIA:
            before = self._database.execute(
                "SELECT owner, stored_at FROM letters WHERE kind = ? AND id = ?",
                (letter.kind, letter.id),
            ).fetchone()
            if before is not None and before[1] is not None:
                return
            if before is not None and before[0] != owner:
                owner = None  # of two sightings: the growth of one does not take it from the other
        self._database.execute(
            f"INSERT OR REPLACE INTO letters ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (a constant)
            (
                letter.kind,
                letter.id,
                letter.revision,
                row.kept_at.isoformat(),
                row.seen_at.timestamp(),
                row.kept.boot,
                row.kept.seconds,
                owner,
                row.body,
            ),
        )

    def drop_outgrown(self, owner: str, *, but: str) -> None:
        """Forget the unsent pictures that a sighting had before its newest one."""
        self._database.execute(
            "DELETE FROM letters WHERE owner = ? AND kind = ? AND id <> ? AND stored_at IS NULL",
            (owner, StoredKind.MEDIA, but),
        )

    def mark_looked_at(self, source: Source) -> None:
        """Remember that a file was looked at."""
        self._database.execute(
            "INSERT OR IGNORE INTO looked_at (deployment_id, name) VALUES (?, ?)",
            (source.deployment_id, source.name),
        )

    def was_looked_at(self, source: Source) -> bool:
        """Whether a file was looked at."""
        row = self._database.execute(
            "SELECT 1 FROM looked_at WHERE deployment_id = ? AND name = ?",
            (source.deployment_id, source.name),
        ).fetchone()
        return row is not None

    def looked_at(self) -> list[Source]:
        """Return every file that was looked at."""
        rows = self._database.execute("SELECT deployment_id, name FROM looked_at")
        return [Source(*row) for row in rows]

    def forget(self, items: Iterable[StoredItem]) -> int:
        """Take out what the server has, up to its revision; pictures stay as long as there is room.

        Return how many letters wait no more.
        """
        now = datetime.now(UTC).isoformat()
        done = 0
        for item in items:
            key = (item.kind, item.id, item.revision)
            if item.kind is StoredKind.MEDIA:
                done += self._database.execute(
                    "UPDATE letters SET stored_at = ? WHERE kind = ? AND id = ? AND revision <= ?"
                    " AND stored_at IS NULL",
                    (now, *key),
                ).rowcount
            else:
                done += self._database.execute(
                    "DELETE FROM letters WHERE kind = ? AND id = ? AND revision <= ?", key
                ).rowcount
        return done

    def set_aside(self, letter: Letter, reason: str) -> bool:
        """Let it wait no more; False if it does not."""
        changed = self._database.execute(
            "UPDATE letters SET refused_because = ? WHERE kind = ? AND id = ? AND revision = ?"
            " AND refused_because IS NULL",
            (reason, letter.kind, letter.id, letter.revision),
        )
        return changed.rowcount > 0

    def waiting(self, kind: StoredKind, limit: int) -> list[Letter]:
        """Return what waits, the last kept first."""
        return self._letters(
            f"SELECT kind, id, revision FROM letters INDEXED BY letters_waiting_2"  # noqa: S608 (constants)
            f" WHERE kind = ? AND {_WAITS} ORDER BY number DESC LIMIT ?",
            (kind, limit),
        )

    def fresh(self, kind: StoredKind, since: datetime, limit: int) -> list[Letter]:
        """Return what waits and was seen since then, the last seen first."""
        return self._letters(
            f"SELECT kind, id, revision FROM letters INDEXED BY letters_by_sight"  # noqa: S608 (constants)
            f" WHERE kind = ? AND seen_at >= ? AND {_WAITS}"
            " ORDER BY seen_at DESC, number DESC LIMIT ?",
            (kind, since.timestamp(), limit),
        )

    def late(self, kind: StoredKind, since: datetime, limit: int) -> list[Letter]:
        """Return what waits and was seen before, the longest ago first."""
        return self._letters(
            f"SELECT kind, id, revision FROM letters INDEXED BY letters_by_sight"  # noqa: S608 (constants)
            f" WHERE kind = ? AND seen_at < ? AND {_WAITS} ORDER BY seen_at, number LIMIT ?",
            (kind, since.timestamp(), limit),
        )

    def get(self, letter: Letter) -> Kept | None:
        """Return a letter with its bytes; None if it is gone or has grown since."""
        row = self._database.execute(
            f"SELECT {_COLUMNS} FROM letters WHERE kind = ? AND id = ? AND revision = ?",  # noqa: S608 (a constant)
            (letter.kind, letter.id, letter.revision),
        ).fetchone()
        return None if row is None else _kept(row)

    def rows(self) -> Iterator[Kept]:
        """Yield everything that waits, the first kept first; of a damaged file what can be read."""
        last = self._number("SELECT seq FROM sqlite_sequence WHERE name = 'letters'")
        for number in range(max(1, last - _MOST_SALVAGED), last + 1):
            with suppress(sqlite3.DatabaseError):
                row = self._database.execute(
                    f"SELECT {_COLUMNS} FROM letters WHERE number = ? AND {_WAITS}",  # noqa: S608 (constants)
                    (number,),
                ).fetchone()
                if row is not None:
                    yield _kept(row)

    def holds(self, letter: Letter) -> bool:
        """Whether there is a letter of this kind and id, whatever its revision."""
        row = self._database.execute(
            "SELECT 1 FROM letters WHERE kind = ? AND id = ?", (letter.kind, letter.id)
        ).fetchone()
        return row is not None

    def count_waiting(self) -> int:
        """Count what waits for its receipt."""
        return self._number(f"SELECT count(*) FROM letters WHERE {_WAITS}")  # noqa: S608 (constants)

    def count_refused(self) -> int:
        """Count what was set aside."""
        return self._number("SELECT count(*) FROM letters WHERE refused_because IS NOT NULL")

    def oldest_kept_at(self) -> datetime | None:
        """When the longest waiting letter was kept."""
        row = self._database.execute(
            f"SELECT kept_at FROM letters INDEXED BY letters_waiting_2"  # noqa: S608 (constants)
            f" WHERE {_WAITS} ORDER BY number LIMIT 1"
        ).fetchone()
        return datetime.fromisoformat(row[0]) if row is not None else None

    def spent(self, day: str) -> int:
        """Return the bytes sent on a day."""
        return self._number("SELECT coalesce(sum(bytes), 0) FROM spent WHERE day = ?", (day,))

    def spend(self, day: str, size_bytes: int) -> None:
        """Add to the bytes sent on a day; other days are forgotten."""
        self._database.execute("DELETE FROM spent WHERE day <> ?", (day,))
        self._database.execute(
            "INSERT INTO spent (day, bytes) VALUES (?, ?)"
            " ON CONFLICT (day) DO UPDATE SET bytes = bytes + excluded.bytes",
            (day, size_bytes),
        )

    def spending(self) -> list[tuple[str, int]]:
        """Return the days of which bytes are noted."""
        return list(self._database.execute("SELECT day, bytes FROM spent"))

    @property
    def used_bytes(self) -> int:
        """The bytes that letters take, without the room they have left behind."""
        free = self._number("PRAGMA freelist_count")
        return (self._number("PRAGMA page_count") - free) * self._number("PRAGMA page_size")

    @property
    def file_bytes(self) -> int:
        """The size of the database; it never gets smaller, but room in it is used again."""
        return self._number("PRAGMA page_count") * self._number("PRAGMA page_size")

    def delete(self, which: str) -> int:
        """Delete the letters of a query of numbers; return how many."""
        return self._database.execute(
            f"DELETE FROM letters WHERE number IN ({which})"  # noqa: S608 (constants of sacrifice.py)
        ).rowcount

    def _letters(self, query: str, parameters: tuple[object, ...]) -> list[Letter]:
        rows = self._database.execute(query, parameters).fetchall()
        return [Letter(StoredKind(kind), id_, revision) for kind, id_, revision in rows]

    def _number(self, query: str, parameters: tuple[object, ...] = ()) -> int:
        row = self._database.execute(query, parameters).fetchone()
        return int(row[0]) if row is not None else 0


def _kept(row: Sequence[object]) -> Kept:
    kind, id_, revision, kept_at, seen_at, boot, kept_s, owner, body = row
    return Kept(
        letter=Letter(StoredKind(str(kind)), str(id_), int(str(revision))),
        body=bytes(body),  # type: ignore[call-overload]  # a BLOB column
        kept_at=datetime.fromisoformat(str(kept_at)),
        seen_at=datetime.fromtimestamp(float(str(seen_at)), UTC),
        kept=Steady(str(boot), float(str(kept_s))),
        owner=str(owner) if owner is not None else None,
    )
