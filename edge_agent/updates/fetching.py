"""Gets a release's files over a bad link: whatever has come is kept, and gone on from."""

import hashlib
import http.client
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from edge_agent.contracts.updates import Manifest, ReleaseFile
from edge_agent.durable import sync_folder
from edge_agent.updates.refusal import RefusedError, TryAgainError

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_CHUNK_BYTES = 64 * 1024
_SILENCE_S = 30.0
_PART = ".part"


class Fetcher:
    """Fetches from one server. `ca_file` names its authority where the board does not know it."""

    def __init__(
        self,
        *,
        ca_file: Path | None = None,
        keep_free_bytes: int = 0,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), _NoRedirect()
        )
        self._keep_free_bytes = keep_free_bytes
        self._is_wanted = is_wanted

    def fetch(self, manifest: Manifest, url: str, folder: Path) -> None:
        """Bring all files of a release into a folder, each with the bytes that were signed.

        Raises:
            RefusedError: what is there is not what was signed, or there is no room for it.
            TryAgainError: the server cannot be reached, or the connection broke.
        """
        check_url(url)
        folder.mkdir(parents=True, exist_ok=True)
        missing = [file for file in manifest.files if not _is_whole(folder / file.name, file)]
        self._check_room(sum(file.bytes for file in missing), folder)
        for file in missing:
            self._fetch_one(file, f"{url.rstrip('/')}/{file.name}", folder)
        sync_folder(folder)

    def _check_room(self, bytes_needed: int, folder: Path) -> None:
        free = shutil.disk_usage(folder).free - self._keep_free_bytes
        if bytes_needed > free:
            spare_mb = max(0, free) / 1e6
            raise RefusedError(
                f"it needs {bytes_needed / 1e6:.1f} MB; the disk has {spare_mb:.1f} to spare"
            )

    def _fetch_one(self, file: ReleaseFile, url: str, folder: Path) -> None:
        part = folder / f"{file.name}{_PART}"
        if not part.exists() or part.stat().st_size != file.bytes:
            self._download(file, url, part)
        if _sha256_of(part) != file.sha256:
            part.unlink()
            raise RefusedError(f"{file.name} is not the file that was signed: its checksum differs")
        part.replace(folder / file.name)

    def _download(self, file: ReleaseFile, url: str, part: Path) -> None:
        have = part.stat().st_size if part.exists() else 0
        have = have if have < file.bytes else 0
        request = urllib.request.Request(url)  # noqa: S310 (the scheme was checked)
        if have:
            request.add_header("Range", f"bytes={have}-")
        try:
            with self._opener.open(request, timeout=_SILENCE_S) as answer:
                begins = _beginning(answer, file, have)
                with part.open("r+b" if begins else "wb") as target:
                    target.seek(begins)
                    self._copy(answer, target, file, begins)
        except urllib.error.HTTPError as error:
            raise _refused_by_server(error, file) from error
        except (OSError, http.client.HTTPException) as error:
            raise TryAgainError(f"{file.name} cannot be fetched: {error}") from error

    def _copy(self, answer: IO[bytes], target: IO[bytes], file: ReleaseFile, begins: int) -> None:
        have = begins
        while chunk := answer.read(min(_CHUNK_BYTES, file.bytes - have)):
            target.write(chunk)
            have += len(chunk)
            if not self._is_wanted():
                raise TryAgainError("it is wanted no more")
        if have < file.bytes:
            raise TryAgainError(f"{file.name} broke off after {have} of {file.bytes} bytes")


def check_url(url: str) -> None:
    """Let no release be fetched in the clear from another machine.

    Raises:
        RefusedError: neither HTTPS, nor HTTP on this very machine.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise RefusedError(f"it lies at {url}: releases come over HTTPS alone")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could lead into the clear, or into the station's own network."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _beginning(answer: Any, file: ReleaseFile, have: int) -> int:
    """Return from which byte on the answer's bytes are; refuse a file of another size."""
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        span, _, whole = str(answer.headers.get("Content-Range", "")).partition("/")
        begins = have if span.startswith(f"bytes {have}-") else None
    else:
        whole, begins = str(answer.headers.get("Content-Length", "")), 0
    if whole.isdigit() and int(whole) != file.bytes:
        raise RefusedError(
            f"{file.name} has {whole} bytes there, {file.bytes} were signed: "
            "it was cut short or changed"
        )
    if begins is None:
        raise TryAgainError(f"{file.name}: the server sends another part than was asked for")
    return begins


def _refused_by_server(error: urllib.error.HTTPError, file: ReleaseFile) -> Exception:
    is_final = error.code < HTTPStatus.INTERNAL_SERVER_ERROR and error.code not in {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
    words = f"the server answers {error.code} to {file.name}"
    return RefusedError(words) if is_final else TryAgainError(words)


def _is_whole(path: Path, file: ReleaseFile) -> bool:
    return path.exists() and path.stat().st_size == file.bytes and _sha256_of(path) == file.sha256


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
