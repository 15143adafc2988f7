"""Where one camera's deliveries wait on the disk until they have been looked at.

A delivery grows in `arriving` and is moved to `waiting` once its last byte is safely on the disk;
only then is it acknowledged. Its name is made of its content, so a delivery that a camera repeats,
because the acknowledgement was lost, is the same one. Names given by the camera never reach the
disk.
"""

import hashlib
import os
import re
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from edge_agent.camera_settings import DropCameraSettings
from edge_agent.cameras.camera import BrokenFrame
from edge_agent.cameras.dating import believable, times_in
from edge_agent.cameras.exif import EXIF_HEAD_BYTES, Position, captured_at_of, position_of
from edge_agent.drops.content import UnfitContentError, suffix_of

_NAME = re.compile(r"(\d{20})-(\d{20})-([0-9a-f]{64})(\.[a-z0-9]+)")
_MOST_BROKEN_TOLD = 100
_LONGEST_NAME = 120  # it is logged, and is the sender's
_START = datetime(1970, 1, 1, tzinfo=UTC)


class InboxFullError(Exception):
    """As many deliveries wait as may; the camera should try again later."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A whole picture or clip that waits to be looked at. `digest` is the SHA-256 of its bytes."""

    path: Path
    digest: str
    received_at: datetime
    taken_at: datetime


class Arriving:
    """A delivery that is still being written. Faults are remembered, for who acknowledges it."""

    def __init__(self, path: Path, name: str, *, most_bytes: int) -> None:
        self.path = path
        self.name = "".join(sign for sign in name if sign.isprintable())[:_LONGEST_NAME]
        self.fault: UnfitContentError | OSError | None = None
        self._most_bytes = most_bytes
        self._size_bytes = 0
        self._file: BinaryIO = path.open("xb")

    @property
    def closed(self) -> bool:
        """Whether no more bytes are taken."""
        return self._file.closed

    def write(self, chunk: bytes) -> None:
        """Add bytes; after a fault they are dropped."""
        self._size_bytes += len(chunk)
        if self._size_bytes > self._most_bytes:
            self.fault = UnfitContentError(f"larger than {self._most_bytes / 1e6:g} MB")
        if self.fault is None:
            try:
                self._file.write(chunk)
            except OSError as error:
                self.fault = error

    def close(self) -> None:
        """Close the file; when this returns, what was written is on the disk."""
        if self._file.closed:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self.fault = error
        finally:
            self._file.close()


class Inbox:
    """One camera's deliveries. Written to by a server's thread, emptied by the camera's."""

    def __init__(self, folder: Path, settings: DropCameraSettings) -> None:
        self._settings = settings
        self._arriving = folder / "arriving"
        self._waiting = folder / "waiting"
        self._lock = threading.Lock()
        self._broken: deque[BrokenFrame] = deque(maxlen=_MOST_BROKEN_TOLD)
        self._number = 0
        self.position: Position | None = None

    def open(self) -> None:
        """Make the folders, and clear away what was arriving when the power went."""
        for folder in (self._arriving, self._waiting):
            folder.mkdir(parents=True, exist_ok=True)
        for leftover in self._arriving.iterdir():
            leftover.unlink()

    def begin(self, name: str) -> Arriving:
        """Begin a delivery that the camera calls `name`.

        Raises:
            InboxFullError: too many wait already.
            OSError: the disk does not let us.
        """
        with self._lock:
            self._number += 1
            number = self._number
        if len(self.waiting()) >= self._settings.most_waiting:
            raise InboxFullError(f"{self._settings.most_waiting} deliveries wait already")
        most_bytes = int(self._settings.most_file_mb * 1e6)
        path = self._arriving / f"{time.time_ns()}-{number}"
        return Arriving(path, name, most_bytes=most_bytes)

    def accept(self, arriving: Arriving, *, texts: Iterable[str] = ()) -> None:
        """Take a delivery whose sender says that it is whole. When this returns, it is kept.

        Args:
            arriving: all its bytes are written.
            texts: what else may tell its time, such as a mail's subject.

        Raises:
            UnfitContentError: it is not whole, too large, or neither picture nor clip.
            OSError: the disk does not let us.
        """
        arriving.close()
        try:
            if arriving.fault is not None:
                raise arriving.fault
            self._keep(arriving.path, (arriving.name, *texts))
        except UnfitContentError as error:
            self._broken.append(BrokenFrame(arriving.name, str(error)))
            raise
        finally:
            arriving.path.unlink(missing_ok=True)

    def discard(self, arriving: Arriving) -> None:
        """Forget a delivery that was given up halfway."""
        arriving.close()
        arriving.path.unlink(missing_ok=True)

    def waiting(self) -> list[Delivery]:
        """Return what waits to be looked at, in the order of its arrival."""
        found = (_delivery(path) for path in sorted(self._waiting.iterdir()))
        return [delivery for delivery in found if delivery is not None]

    def remove(self, delivery: Delivery) -> None:
        """Forget a delivery that has been looked at."""
        delivery.path.unlink(missing_ok=True)

    def take_broken(self) -> list[BrokenFrame]:
        """Return what was refused since the last call."""
        taken = []
        while self._broken:
            taken.append(self._broken.popleft())
        return taken

    def _keep(self, path: Path, texts: tuple[str, ...]) -> None:
        data = path.read_bytes()
        suffix = suffix_of(data)
        digest = hashlib.sha256(data).hexdigest()
        head = data[:EXIF_HEAD_BYTES]
        self.position = position_of(head) or self.position
        with self._lock:
            if any(delivery.digest == digest for delivery in self.waiting()):
                return
            received_at = datetime.now(UTC)
            moments = (received_at, self._taken_at(head, texts, received_at))
            stamps = "-".join(f"{_microseconds(moment):020d}" for moment in moments)
            path.rename(self._waiting / f"{stamps}-{digest}{suffix}")
            _sync(self._waiting)

    def _taken_at(self, head: bytes, texts: Iterable[str], now: datetime) -> datetime:
        zone = self._settings.zone
        for told in (captured_at_of(head, zone), *times_in(texts, self._settings.times, zone)):
            if taken_at := believable(told, now):
                return taken_at
        return now


def _delivery(path: Path) -> Delivery | None:
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    received_at, taken_at = (_START + timedelta(microseconds=int(found[n])) for n in (1, 2))
    return Delivery(path, found[3], received_at, taken_at)


def _microseconds(moment: datetime) -> int:
    return (moment - _START) // timedelta(microseconds=1)


def _sync(folder: Path) -> None:
    """Put a folder's list of names on the disk, or a renamed file may be gone after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
