"""The file: a tar with a manifest, a table in each member, the secrets, and the pictures."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.errors import InvalidError

MANIFEST = "manifest.json"
# What a server made for itself and cannot make again, and what its operator wrote.
SECRETS = ("server.secret", "broker.secret", "ledger.secret", "vapid.pem")
OTHERS = ("ledger-signatures.jsonl", "channels.toml")
_MOST_LINE = 16 * 1024 * 1024


class TableInfo(BaseModel):
    """One table: columns and their kinds, in the order of each line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,63}$")]
    columns: dict[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,63}$")], str]
    rows: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What a backup holds. `revision` is the shape of the database then."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int = 1
    version: str
    made_at: str
    revision: str
    tables: tuple[TableInfo, ...]
    files: dict[str, str]  # SHA-256 of each


class Writer:
    """Writes a backup beside its name, and gives it the name once it is whole."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.tables: list[TableInfo] = []
        self.files: dict[str, str] = {}

    @contextmanager
    def table(self, name: str, columns: dict[str, str]) -> Iterator["TableWriter"]:
        """Yield what takes one table's rows; they are kept on disk, never all in memory."""
        with tempfile.TemporaryFile() as file:
            writer = TableWriter(file)
            yield writer
            size = file.tell()
            file.seek(0)
            self._add(f"tables/{name}.jsonl", file, size)
        digest = writer.digest.hexdigest()
        self.tables.append(TableInfo(name=name, columns=columns, rows=writer.rows, sha256=digest))

    def file(self, name: str, path: Path) -> None:
        """Add a file."""
        content = path.read_bytes()
        self.files[name] = hashlib.sha256(content).hexdigest()
        self._add(f"files/{name}", io.BytesIO(content), len(content))

    def end(self, **facts: Any) -> Manifest:
        """Write the manifest, last: a backup without one was cut short."""
        manifest = Manifest(tables=tuple(self.tables), files=self.files, **facts)
        content = manifest.model_dump_json(indent=1).encode()
        self._add(MANIFEST, io.BytesIO(content), len(content))
        return manifest

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, file)


class TableWriter:
    """Takes lines, counts and hashes them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.rows = 0
        self.digest = hashlib.sha256()

    def line(self, text: str) -> None:
        """Add one row."""
        content = text.encode() + b"\n"
        self._file.write(content)
        self.digest.update(content)
        self.rows += 1


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Yield a writer; the file is there, whole, only if nothing failed, and for its owner alone."""
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with (
            os.fdopen(descriptor, "wb") as raw,
            gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=4) as packed,
            tarfile.open(fileobj=packed, mode="w") as tar,
        ):
            yield Writer(tar)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[Manifest, Path]]:
    """Yield the manifest and a folder with the members, all of them checked before.

    Raises:
        InvalidError: it is no backup, was cut short, or is damaged; says where.
    """
    with tempfile.TemporaryDirectory(prefix="trunkline-restore-") as name:
        folder = Path(name)
        try:
            _read_to_its_end(path)
            with tarfile.open(path, "r:gz") as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError) as error:
            raise InvalidError(f"{path} is no whole backup: {error}") from error
        manifest = _manifest(path, folder)
        for table in manifest.tables:
            _check(folder / "tables" / f"{table.name}.jsonl", table.sha256)
        for file, digest in manifest.files.items():
            _check(folder / "files" / file, digest)
        yield manifest, folder


def lines_of(folder: Path, table: TableInfo) -> Iterator[str]:
    """Yield a table's lines."""
    with (folder / "tables" / f"{table.name}.jsonl").open() as file:
        while line := file.readline(_MOST_LINE):
            yield line


def _read_to_its_end(path: Path) -> None:
    """Let gzip check its sum over the whole, the manifest too: tar stops before that."""
    with gzip.open(path) as file:
        while file.read(1 << 20):
            pass


def _manifest(path: Path, folder: Path) -> Manifest:
    try:
        return Manifest.model_validate(json.loads((folder / MANIFEST).read_bytes()))
    except FileNotFoundError as error:
        raise InvalidError(f"{path} has no manifest: it was cut short, or is no backup") from error
    except (ValueError, ValidationError) as error:
        raise InvalidError(f"the manifest of {path} cannot be read") from error


def _check(path: Path, digest: str) -> None:
    if ".." in path.parts or not path.is_file():
        raise InvalidError(f"the backup lacks {path.name}")
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    if found.hexdigest() != digest:
        raise InvalidError(f"{path.name} in the backup is damaged")
