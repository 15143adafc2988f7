"""Where the bytes of pictures lie: a folder, in it two levels of short folders."""

import os
import shutil
import tempfile
from pathlib import Path


class MediaFolder:
    """Pictures by the SHA-256 of their bytes; the same picture lies there once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def path_of(self, sha256: str) -> Path:
        """Return where a picture lies, or would lie."""
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def keep(self, sha256: str, picture: bytes) -> None:
        """Write a picture so that after a power cut it is whole or not there.

        Raises:
            OSError: the disk is full or broken.
        """
        path = self.path_of(sha256)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._root, prefix="part-", delete=False) as part:
            try:
                part.write(picture)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).replace(path)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        _sync_folder(path.parent)

    def free_bytes(self) -> int:
        """Return how much more fits on its disk."""
        return shutil.disk_usage(self._root).free

    def is_writable(self) -> bool:
        """Whether a picture could be kept now."""
        return os.access(self._root, os.W_OK)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
