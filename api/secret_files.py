"""Secrets that a server makes for itself at first start, in files that only it may read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from api.errors import SetUpError

SECRET_BYTES = 32


def open_data_dir(folder: Path) -> Path:
    """Return the server's own folder, made if it is not there.

    Raises:
        SetUpError: it cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SetUpError(f"cannot make the folder {folder}: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SetUpError(f"this user may not write in {folder}")
    return folder


def secret_from(path: Path) -> bytes:
    """Return the secret in a file, made on first use; two processes that start at once agree.

    Raises:
        SetUpError: the file is there but holds no secret.
    """
    if not path.exists():
        _create(path)
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except (ValueError, OSError) as error:
        raise SetUpError(f"{path} cannot be read as a secret; bring back its backup") from error
    if len(secret) != SECRET_BYTES:
        raise SetUpError(f"{path} holds {len(secret)} bytes instead of {SECRET_BYTES}")
    return secret


def _create(path: Path) -> None:
    """Write a whole file beside, then link it: nobody ever reads half of it."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(SECRET_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # another process was first: its secret counts
        os.link(part, path)
    part.unlink()
