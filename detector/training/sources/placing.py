"""Puts pictures into a dataset folder under free names, as hard links or copies."""

import os
import re
import shutil
from pathlib import Path, PurePosixPath


class FreeNames:
    """Hands out file names that nobody else has. Stems differ too: labels are named by stem."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str) -> str:
        """Return a free name like `wanted`, folders and all: `a/1.jpg` becomes `a__1.jpg`.

        Case counts as no difference: file systems disagree about it.
        """
        *folders, name = ["", *wanted.replace("\\", "/").split("/")]
        file = PurePosixPath(name)
        parts = [_plain(part) for part in (*folders, file.stem)]
        stem = "__".join(part for part in parts if part) or "picture"
        free, number = stem, 1
        while free.casefold() in self._taken:
            number += 1
            free = f"{stem}-{number}"
        self._taken.add(free.casefold())
        return free + file.suffix.lower()


def place(source: Path, target: Path, *, copy: bool) -> None:
    """Link (where the file system can) or copy a file. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not copy:
        try:
            os.link(source, target)
        except OSError:  # another disk, or a file system without links
            pass
        else:
            return
    shutil.copyfile(source, target)


def is_usable_target(folder: Path) -> bool:
    """Say whether a new dataset may be written there: nothing is mixed into what exists."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _plain(part: str) -> str:
    return re.sub(r"[^\w-]+", "_", part).strip("_")
