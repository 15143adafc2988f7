"""What every writer shares: one ZIP file that grows, tables in it, pictures in it."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import IO, Any, Protocol

from api.exports.observed import ObservedEvent, ObservedFrame
from api.media.folder import MediaFolder

_SUFFIX = {"image/jpeg": ".jpg", "image/webp": ".webp"}


@dataclass(frozen=True, slots=True)
class About:
    """Of which site, for whom, when, and on whose clock; whether pictures go along."""

    site_id: str
    site_name: str
    asked_by: str
    made_at: datetime
    zone: tzinfo
    version: str
    with_pictures: bool
    with_network: bool
    exact_positions: bool


class Writer(Protocol):
    """Takes events, the oldest number first; `finish` returns what it left out and how much it has.

    Both are called in a thread, one after the other.
    """

    def add(self, event: ObservedEvent) -> None:
        """Add an event."""

    def finish(self) -> dict[str, Any]:
        """Write what can only be written at the end."""
        ...


class Table:
    """A CSV file that is written as it comes and put into the package at the end."""

    def __init__(self, columns: Sequence[str], *, for_spreadsheets: bool = False) -> None:
        self._file: IO[str] = tempfile.TemporaryFile("w+", newline="", encoding="utf-8")  # noqa: SIM115 - closed by `put`
        self._rows = csv.DictWriter(self._file, columns)
        self._rows.writeheader()
        self._cell = _harmless if for_spreadsheets else _cell
        self.rows = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row; columns it does not name stay empty."""
        self._rows.writerow({name: self._cell(value) for name, value in row.items()})
        self.rows += 1

    def put(self, package: "Package", name: str) -> None:
        """Put the table into the package."""
        self._file.seek(0)
        with package.archive.open(name, "w") as target:
            while chunk := self._file.read(1 << 16):
                target.write(chunk.encode())
        self._file.close()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"  # a spreadsheet would take it for a formula
    return _cell(value)


@dataclass
class Package:
    """A ZIP file under construction."""

    path: Path
    media: MediaFolder
    archive: zipfile.ZipFile = field(init=False)
    pictures: int = 0
    missing: int = 0
    _put: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.archive = zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED)

    def text(self, name: str, content: str) -> None:
        """Put a small text file in."""
        self.archive.writestr(name, content)

    def picture(self, frame: ObservedFrame) -> bytes | None:
        """Return a frame's picture, or None if the server has none (yet)."""
        if frame.sha256 is None:
            return None
        try:
            return self.media.path_of(frame.sha256).read_bytes()
        except OSError:
            return None

    def put_picture(self, name: str, picture: bytes) -> None:
        """Put a picture in, once under each name; it is compressed already."""
        if name not in self._put:
            self._put.add(name)
            self.archive.writestr(name, picture, zipfile.ZIP_STORED)
            self.pictures += 1

    def close(self) -> None:
        """Finish the file."""
        self.archive.close()


def file_name(frame: ObservedFrame) -> str:
    """Return what a frame's picture is called in a package."""
    return frame.id + _SUFFIX.get(frame.media_type or "", ".jpg")


def safe(name: str) -> str:
    """Return a name as a folder can have it on every system."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name)[:80]


def as_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return a small table as CSV."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return file.getvalue()
