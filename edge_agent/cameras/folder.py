"""Pictures of a folder: what a trail camera sends by mobile network, or a memory card."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from detector.pictures import UnreadablePictureError, read_picture
from detector.sources import PICTURE_SUFFIXES
from edge_agent.camera_settings import FolderCameraSettings
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.dating import believable
from edge_agent.cameras.exif import EXIF_HEAD_BYTES, captured_at_of

_POLL_S = 0.5

_Fingerprint = tuple[int, int]


class FolderCamera:
    """Yields the pictures of a folder in name order; watches for new ones if told to."""

    def __init__(
        self,
        settings: FolderCameraSettings,
        *,
        was_looked_at: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._settings = settings
        self._was_looked_at = was_looked_at
        self._done: set[str] = set()
        self._growing: dict[str, _Fingerprint] = {}

    @property
    def deployment_id(self) -> str:
        """Which camera at which place this is."""
        return self._settings.deployment_id

    @property
    def outlives_a_restart(self) -> bool:
        """A watched folder keeps its pictures: old elephants must not ring again."""
        return self._settings.watch

    async def frames(self) -> AsyncGenerator[Frame | BrokenFrame]:
        """Yield what is there; go on for ever when watching or looping."""
        was_there = True
        while True:
            is_there = await asyncio.to_thread(self._settings.path.is_dir)
            if was_there and not is_there:
                # Once: a card that was pulled out is one fault, however often it is looked for.
                yield BrokenFrame(self._settings.path.name, "there is no such folder")
            was_there = is_there
            for path in await asyncio.to_thread(self._ready):
                yield await asyncio.to_thread(self._read, path)
            if self._settings.loop:
                self._done.clear()
            elif not self._settings.watch:
                return
            await asyncio.sleep(_POLL_S)

    def _ready(self) -> list[Path]:
        names = {path: self._name(path) for path in _pictures(self._settings.path)}
        new = [path for path, name in names.items() if name not in self._done]
        if self._settings.watch:
            new = [p for p in new if not self._was_looked_at(names[p]) and self._is_complete(p)]
        return new

    def _is_complete(self, path: Path) -> bool:
        """A file that is still being written changes between two looks at its folder."""
        seen_before = self._growing.get(path.name)
        now = _fingerprint(path)
        if now is None:
            return False
        self._growing[path.name] = now
        return now == seen_before

    def _read(self, path: Path) -> Frame | BrokenFrame:
        name = self._name(path)
        self._done.add(name)
        self._growing.pop(path.name, None)
        try:
            pixels = read_picture(path)
        except UnreadablePictureError as error:
            return BrokenFrame(name, str(error))
        return Frame(name, self._captured_at(path), pixels)

    def _captured_at(self, path: Path) -> datetime:
        now = datetime.now(UTC)
        if self._settings.time == "now":
            return now
        zone = timezone(timedelta(hours=self._settings.utc_offset_h))
        return time_of(path, zone, now=now)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._settings.path).as_posix()


def time_of(path: Path, zone: timezone, *, now: datetime) -> datetime:
    """Return when a picture was taken: by its EXIF if that can be true, else by its file."""
    try:
        with path.open("rb") as file:
            written = captured_at_of(file.read(EXIF_HEAD_BYTES), zone)
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return now
    return believable(written, now) or min(changed, now)


def _pictures(folder: Path) -> list[Path]:
    """Hidden files are left out: programs that copy pictures name them so until they are whole."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in PICTURE_SUFFIXES
        and path.is_file()
        and not path.name.startswith(".")
    )


def _fingerprint(path: Path) -> _Fingerprint | None:
    try:
        about = path.stat()
    except OSError:
        return None  # gone between listing and looking
    return about.st_size, about.st_mtime_ns
