"""Letters have a shelter whatever the disk does: it, while it can be written, else the memory.

What the memory holds moves to the disk as soon as it takes anything again. A damaged file is set
aside and a new one begun. Not safe for several threads: the outbox holds a lock.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from edge_agent.contracts.messages import StoredItem, StoredKind
from edge_agent.outbox.damage import is_damage, is_unwritable, open_checked, start_anew
from edge_agent.outbox.letters import Letter
from edge_agent.outbox.shelf import Shelf

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class AwayError(Exception):
    """The disk takes nothing at the moment."""


class Shelter:
    """The two shelves. `trouble` says what is wrong with the disk; None while it is fine.

    `done` is what the server has stored while the disk could not be told so.
    """

    def __init__(self, path: Path, *, try_again_s: float) -> None:
        self._path = path
        self._try_again_s = try_again_s
        self.memory = Shelf(None)
        self.done: dict[tuple[StoredKind, str], StoredItem] = {}
        self.disk: Shelf | None = None
        self.try_at_s = 0.0
        self.trouble: str | None = None
        self._open()

    def close(self) -> None:
        """Close both; what is in memory has a last chance to reach the disk."""
        self.try_at_s = 0.0
        self.come_home()
        if self.disk is not None:
            self.disk.close()
        self.memory.close()

    def gather(
        self, ask: Callable[[Shelf, int], list[Letter]], limit: int, *, disk_first: bool = False
    ) -> list[Letter]:
        """Return what both hold, up to `limit`; the disk's first, or the memory's."""
        in_memory = ask(self.memory, limit)
        wide = limit + len(self.done)
        on_disk: list[Letter] = self.read(lambda shelf: ask(shelf, wide), [])
        owed = [letter for letter in on_disk if self._is_owed(letter)]
        return [*owed, *in_memory][:limit] if disk_first else [*in_memory, *owed][:limit]

    def _is_owed(self, letter: Letter) -> bool:
        """Whether a letter on the disk is neither stored nor outgrown by one in memory."""
        if self.trouble is None:
            return True
        done = self.done.get((letter.kind, letter.id))
        is_done = done is not None and done.revision >= letter.revision
        return not is_done and not self.memory.holds(letter)

    def forget(self, stored: Sequence[StoredItem]) -> int:
        """Let go of what the server has stored; return how many letters wait no more."""
        done = self.memory.forget(stored)
        try:
            # Forgotten by a power cut, it is sent and confirmed once more.
            return done + self.on_disk(lambda shelf: shelf.forget(stored), sure=False)
        except AwayError:
            fresh = [i for i in stored if self.done.get((i.kind, i.id)) != i]
            self.done |= {(item.kind, item.id): item for item in fresh}
            return done + len(fresh)

    def set_aside(self, letter: Letter, reason: str) -> bool:
        """Let a letter wait no more; False if it does not, or the disk cannot be told so."""
        if self.memory.set_aside(letter, reason):
            return True
        try:
            return self.on_disk(lambda shelf: shelf.set_aside(letter, reason), sure=False)
        except AwayError:
            return False

    def write(self, work: Callable[[Shelf], Answer], *, sure: bool = True) -> Answer:
        """Change a shelf: the disk's, or the memory's while the disk is away."""
        self.come_home()
        try:
            return self.on_disk(work, sure=sure)
        except AwayError:
            with self.memory.transaction():
                return work(self.memory)

    def on_disk(self, work: Callable[[Shelf], Answer], *, sure: bool) -> Answer:
        """Change the disk's shelf, or raise `AwayError`."""
        for _ in range(2):  # once more if a damaged file was replaced
            if self.disk is None or self.trouble is not None:
                raise AwayError
            try:
                with self.disk.transaction(sure=sure):
                    return work(self.disk)
            except sqlite3.Error as error:
                self._cope_with(error)
        raise AwayError

    def read(self, work: Callable[[Shelf], Answer], otherwise: Answer) -> Answer:
        """Ask the disk's shelf; `otherwise` where it cannot be asked."""
        for _ in range(2):
            if self.disk is None:
                break
            try:
                return work(self.disk)
            except sqlite3.Error as error:
                self._cope_with(error)
        return otherwise

    def _open(self) -> None:
        try:
            self.disk = open_checked(self._path)
        except OSError as error:
            self._note_trouble(error)
        except sqlite3.Error as error:
            self._cope_with(error)

    def _cope_with(self, error: sqlite3.Error) -> None:
        """Begin a new file in place of a damaged one, or do without; raise what is neither."""
        if is_damage(error):
            self._replace(error)
        elif is_unwritable(error):
            self._note_trouble(error)
        else:
            raise error

    def _replace(self, why: sqlite3.Error) -> None:
        if self.disk is not None:
            with suppress(sqlite3.Error):
                self.disk.close()
        self.disk = None
        try:
            self.disk = start_anew(self._path, why)
        except (sqlite3.Error, OSError) as error:
            self._note_trouble(error)

    def _note_trouble(self, error: Exception) -> None:
        if self.trouble is None:
            _log.error("the outbox cannot be written (%s): what is seen is in memory only", error)
            self.try_at_s = time.monotonic() + self._try_again_s
        self.trouble = str(error)

    def come_home(self) -> None:
        """Bring what is in memory to the disk, if it takes anything again."""
        if self.trouble is None or time.monotonic() < self.try_at_s:
            return
        self.try_at_s = time.monotonic() + self._try_again_s
        if self.disk is None:
            self._open()
        if self.disk is None:
            return
        try:
            with self.disk.transaction():
                self._move_to(self.disk)
        except sqlite3.Error as error:
            self._cope_with(error)
            return
        self.memory.close()
        self.memory, self.done, self.trouble = Shelf(None), {}, None
        _log.info("the outbox can be written again; nothing is in memory only")

    def _move_to(self, disk: Shelf) -> None:
        for row in self.memory.rows():
            disk.put(row)
        for source in self.memory.looked_at():
            disk.mark_looked_at(source)
        for day, size_bytes in self.memory.spending():
            disk.spend(day, size_bytes)
        disk.forget(self.done.values())
