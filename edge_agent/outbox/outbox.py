"""What the station has seen and the server has not yet stored. Survives `kill -9` at any instant.

A letter waits until its storage receipt comes: a broker that is killed may lose what it had
acknowledged, the server's database does not. While the disk cannot be written, letters wait in
memory, and move to the disk as soon as it takes them.
"""

import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

from edge_agent.contracts.messages import (
    DetectionMessage,
    StoredItem,
    StoredKind,
    body_sha256,
)
from edge_agent.outbox.letters import Kept, Letter, Source, Steady
from edge_agent.outbox.room import MEMORY_BYTES, Room
from edge_agent.outbox.sacrifice import FOR_A_SAMPLE, ORDER, has_room, make_room
from edge_agent.outbox.shelf import Shelf
from edge_agent.outbox.shelter import Shelter

_log = logging.getLogger(__name__)
_TRY_AGAIN_S = 5.0
_TIGHT_SHARE = 0.05  # of the budget: with less room a shortage goes on


class Condition(StrEnum):
    """How the outbox is, in one word for the health message."""

    FINE = "fine"
    SHORT = "short"  # the disk budget is used up, or the disk almost full: something is given up
    UNWRITABLE = "unwritable"  # new letters are in memory only


class Outbox:
    """The station's memory, one SQLite file. Safe to use from several threads.

    `condition` and `trouble` say how it is; `given_up` counts what had to go for want of room.
    `on_kept` is called after each keeping, from the thread that keeps.
    """

    def __init__(
        self,
        path: Path,
        *,
        room: Room | None = None,
        try_again_s: float = _TRY_AGAIN_S,
    ) -> None:
        self._path = path
        self._room = room or Room(path.parent)
        self._lock = threading.RLock()
        self._shelter = Shelter(path, try_again_s=try_again_s)
        self.given_up: Counter[str] = Counter()
        self._is_short = False
        self.on_kept: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; everything that is on the disk stays kept."""
        with self._lock:
            self._shelter.close()

    @property
    def budget_bytes(self) -> int:
        """How much of the disk it may take; may be changed, and counts from the next keeping."""
        return self._room.budget_bytes

    @budget_bytes.setter
    def budget_bytes(self, size_bytes: int) -> None:
        self._room = replace(self._room, budget_bytes=size_bytes)

    @property
    def trouble(self) -> str | None:
        """What is wrong with the disk; None while it is fine."""
        return self._shelter.trouble

    @property
    def condition(self) -> Condition:
        """How the outbox is now."""
        if self.trouble is not None:
            return Condition.UNWRITABLE
        return Condition.SHORT if self._is_short else Condition.FINE

    def keep(
        self, sighting: DetectionMessage, picture: bytes | None, source: Source | None = None
    ) -> None:
        """Keep a sighting, its picture and that its file was looked at, all or nothing.

        When this returns, they are on the disk, unless the outbox is unwritable. A new revision
        takes the place of the one before, and a new picture that of an unsent one.
        """
        self.keep_all([(sighting, picture)], source)

    def keep_all(
        self,
        told: Iterable[tuple[DetectionMessage, bytes | None]],
        source: Source | None = None,
        *,
        sure: bool = True,
    ) -> None:
        """Keep all that one frame had to tell, with the pictures, all or nothing; see `keep`.

        If it need not be `sure`, what was kept outlives the station's end at once, but the power's
        only after `sync`: so a warning leaves while a slow disk still writes.
        """
        rows = [row for sighting, picture in told for row in _rows_of(sighting, picture)]
        with self._lock:
            self._shelter.write(lambda shelf: self._put(shelf, rows, source), sure=sure)
        self.on_kept()

    def sync(self) -> None:
        """Wait until all that was kept outlives a power cut, without keeping anybody else waiting.

        A disk that cannot be asked is found out at the next keeping.
        """
        with suppress(OSError):
            log = os.open(f"{self._path}-wal", os.O_RDONLY)
            try:
                os.fdatasync(log)
            finally:
                os.close(log)

    def keep_sample(self, sample_id: str, captured_at: datetime, body: bytes) -> None:
        """Keep a sample to be sent when nothing else waits; it is the first unsent thing to go.

        Where there is no room it takes that of an older one, never that of an unsent picture.
        """
        letter = Letter(StoredKind.SAMPLE, sample_id, 1)
        row = Kept(letter, body, datetime.now(UTC), captured_at, Steady.now())
        with self._lock:
            self._shelter.write(lambda shelf: self._put_sample(shelf, row))
        self.on_kept()

    def forget(self, items: Iterable[StoredItem]) -> int:
        """Let go of what the server has stored, and return how many letters wait no more.

        A receipt covers its revision and those before: a sighting that has grown since stays.
        """
        stored = list(items)
        with self._lock:
            return self._shelter.forget(stored)

    def set_aside(self, letter: Letter, reason: str) -> bool:
        """Send it no more, keep it to look into; False if that was done before, or it has grown."""
        with self._lock:
            return self._shelter.set_aside(letter, reason)

    def waiting(self, kind: StoredKind, limit: int) -> list[Letter]:
        """Return what waits to be sent or for its receipt, the last kept first."""
        with self._lock:
            return self._shelter.gather(lambda shelf, most: shelf.waiting(kind, most), limit)

    def fresh(self, kind: StoredKind, since: datetime, limit: int) -> list[Letter]:
        """Return what waits and was seen since then, the last seen first."""
        with self._lock:
            return self._shelter.gather(lambda shelf, most: shelf.fresh(kind, since, most), limit)

    def late(self, kind: StoredKind, since: datetime, limit: int) -> list[Letter]:
        """Return what waits and was seen before then, the longest ago first."""
        with self._lock:
            return self._shelter.gather(
                lambda shelf, most: shelf.late(kind, since, most), limit, disk_first=True
            )

    def body(self, letter: Letter) -> bytes | None:
        """Return a letter's bytes as they were kept; None if it is gone or has grown since."""
        kept = self.get(letter)
        return kept.body if kept is not None else None

    def get(self, letter: Letter) -> Kept | None:
        """Return a letter as it was kept; None if it is gone or has grown since."""
        with self._lock:
            return self._shelter.memory.get(letter) or self._shelter.read(
                lambda shelf: shelf.get(letter), None
            )

    def unsent(self) -> int:
        """Count what still waits for its receipt; what was refused waits for nothing."""
        with self._lock:
            on_disk = self._shelter.read(lambda shelf: shelf.count_waiting(), 0)
            return max(0, on_disk - len(self._shelter.done)) + self._shelter.memory.count_waiting()

    def refused(self) -> int:
        """Count what the server could not read."""
        with self._lock:
            on_disk = self._shelter.read(lambda shelf: shelf.count_refused(), 0)
            return on_disk + self._shelter.memory.count_refused()

    def oldest_unsent_at(self) -> datetime | None:
        """When the longest waiting letter was kept."""
        with self._lock:
            on_disk = self._shelter.read(lambda shelf: shelf.oldest_kept_at(), None)
            return on_disk or self._shelter.memory.oldest_kept_at()

    def mark_looked_at(self, source: Source) -> None:
        """Remember that a file was looked at and nothing was to be told of it, across restarts."""
        with self._lock:
            # A power cut may have it looked at again: nothing was seen there.
            self._shelter.write(lambda shelf: shelf.mark_looked_at(source), sure=False)

    def was_looked_at(self, source: Source) -> bool:
        """Whether a file was looked at before, in this life of the process or an earlier one."""
        with self._lock:
            on_disk = self._shelter.read(lambda shelf: shelf.was_looked_at(source), False)
            return on_disk or self._shelter.memory.was_looked_at(source)

    def spent(self, day: str) -> int:
        """Return the bytes noted as sent on a day."""
        with self._lock:
            return self._shelter.read(
                lambda shelf: shelf.spent(day), 0
            ) + self._shelter.memory.spent(day)

    def spend(self, day: str, size_bytes: int) -> None:
        """Note bytes sent on a day."""
        with self._lock:
            self._shelter.write(lambda shelf: shelf.spend(day, size_bytes), sure=False)

    def tend(self) -> None:
        """Try the disk again if it is time. To be called now and then while nothing else is."""
        with self._lock:
            self._shelter.come_home()

    def _put(self, shelf: Shelf, rows: list[Kept], source: Source | None) -> None:
        capacity_bytes = self._capacity_bytes(shelf)
        given_up = make_room(shelf, sum(len(r.body) for r in rows), len(rows), capacity_bytes)
        for row in rows:
            is_sighting = row.letter.kind is StoredKind.DETECTION
            if not is_sighting and not has_room(shelf, len(row.body), 1, capacity_bytes):
                given_up["new pictures"] += 1
                continue
            shelf.put(row)
            if row.owner is not None:
                shelf.drop_outgrown(row.owner, but=row.letter.id)
        if source is not None:
            shelf.mark_looked_at(source)
        is_tight = not has_room(shelf, round(_TIGHT_SHARE * capacity_bytes), 0, capacity_bytes)
        self._note_room(given_up, is_tight=is_tight)

    def _put_sample(self, shelf: Shelf, row: Kept) -> None:
        room = len(row.body), 1, self._capacity_bytes(shelf)
        given_up = make_room(shelf, *room, order=FOR_A_SAMPLE)
        if has_room(shelf, *room):
            shelf.put(row)
        else:
            given_up["new samples"] += 1
        self._note_room(given_up, is_tight=True)

    def _capacity_bytes(self, shelf: Shelf) -> int:
        return MEMORY_BYTES if shelf is self._shelter.memory else self._room.capacity_bytes(shelf)

    def _note_room(self, given_up: Counter[str], *, is_tight: bool) -> None:
        self.given_up += given_up
        # What the server has is kept only while there is room: to give that up is no shortage.
        if any(name != ORDER[0].name for name in given_up):
            if not self._is_short:
                _log.warning("the outbox has no room; given up: %s", ", ".join(given_up))
            self._is_short = True
        elif not is_tight or given_up:
            self._is_short = False


def _rows_of(sighting: DetectionMessage, picture: bytes | None) -> list[Kept]:
    kept_at, kept = datetime.now(UTC), Steady.now()
    seen_at = max(sighting.captured_at, sighting.last_seen_at or sighting.captured_at)
    name = str(sighting.id)
    letter = Letter(StoredKind.DETECTION, name, sighting.revision)
    rows = [Kept(letter, sighting.to_body(), kept_at, seen_at, kept)]
    if picture is not None:
        letter = Letter(StoredKind.MEDIA, body_sha256(picture), 1)
        rows.append(Kept(letter, picture, kept_at, seen_at, kept, owner=name))
    return rows
