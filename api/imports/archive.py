"""Opens what people hand in: a ZIP file or a folder. Nothing in it is trusted, nothing unpacked.

Names never become paths of ours: pictures are stored under the hash of their bytes. Sizes are
counted while reading, because an archive may lie about them.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Self

from api.errors import InvalidError

LARGEST_PICTURE = 40 * 2**20
LARGEST_TABLE = 512 * 2**20
MOST_FILES = 500_000
_SYMLINK = 0o120000
_KIND = 0o170000


class TooBigError(InvalidError):
    """A file inside is larger than what belongs there may be."""


@dataclass(frozen=True, slots=True)
class Inside:
    """One file inside: its name with forward slashes, and when it was changed."""

    name: str
    changed_at: datetime  # no zone of its own: as written, marked UTC


class Archive:
    """Files by name. Use it with `with`.

    Raises:
        InvalidError: it is no ZIP file, holds too many files, or names that lead out of it.
    """

    def __init__(self, path: Path) -> None:
        self._root = path if path.is_dir() else None
        self._zip: zipfile.ZipFile | None = None
        if self._root is None:
            try:
                self._zip = zipfile.ZipFile(path)
            except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
                raise InvalidError(f"this is no ZIP file that can be read: {error}") from error
        self._files = self._listed()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._zip is not None:
            self._zip.close()

    @property
    def files(self) -> list[Inside]:
        """Every file, by name."""
        return [self._files[name] for name in sorted(self._files)]

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def find(self, last: str) -> str | None:
        """Return the name of the file called that which lies least deep."""
        found = [n for n in self._files if n == last or n.endswith(f"/{last}")]
        return min(found, key=lambda name: (name.count("/"), name), default=None)

    def read(self, name: str, most: int) -> bytes:
        """Return a file's bytes.

        Raises:
            InvalidError: there is no such file, it is damaged or encrypted.
            TooBigError: it has more bytes than `most`.
        """
        if name not in self._files:
            raise InvalidError(f"there is no {name} inside")
        try:
            with self._open(name) as file:
                content = file.read(most + 1)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
            raise InvalidError(f"{name} cannot be read: {error}") from error
        except Exception as error:  # zlib and lzma have errors of their own
            raise InvalidError(f"{name} is damaged: {error}") from error
        if len(content) > most:
            raise TooBigError(f"{name} has more than {most // 2**20} MB")
        return content

    def _open(self, name: str) -> IO[bytes]:
        if self._zip is not None:
            return self._zip.open(name)
        assert self._root is not None  # noqa: S101 - for the type checker
        return (self._root / name).open("rb")

    def _listed(self) -> dict[str, Inside]:
        found: dict[str, Inside] = {}
        for inside in self._each():
            if len(found) >= MOST_FILES:
                raise InvalidError(f"more than {MOST_FILES} files are too many for one import")
            found[inside.name] = inside
        return found

    def _each(self) -> Iterator[Inside]:
        if self._root is not None:
            for path in sorted(self._root.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield Inside(path.relative_to(self._root).as_posix(), at)
            return
        assert self._zip is not None  # noqa: S101 - for the type checker
        for entry in self._zip.infolist():
            if entry.is_dir():
                continue
            if (entry.external_attr >> 16) & _KIND == _SYMLINK:
                raise InvalidError(f"{entry.filename!r} is a link: links are not taken")
            if leads_out(entry.filename):
                raise InvalidError(
                    f"{entry.filename!r} leads out of the archive: nothing was taken"
                )
            yield Inside(entry.filename, _zip_time(entry.date_time))


def leads_out(name: str) -> bool:
    """Whether a name inside an archive points anywhere but inside."""
    path = PurePosixPath(name.replace("\\", "/"))
    return (
        path.is_absolute()
        or ".." in path.parts
        or "\x00" in name
        or "\\" in name
        or ":" in path.parts[0]
        if path.parts
        else True
    )


def _zip_time(parts: tuple[int, int, int, int, int, int]) -> datetime:
    try:
        return datetime(*parts, tzinfo=UTC)
    except ValueError:
        return datetime(1980, 1, 1, tzinfo=UTC)
