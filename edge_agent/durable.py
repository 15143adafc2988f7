"""Small files that are whole whatever the power does: the old one, or the new one."""

import os
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file's bytes at once; when this returns, they are on the disk.

    Raises:
        OSError: the disk is full, broken or read-only; the old file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring what was renamed in a folder onto the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
