"""Where sites' map pictures lie: `<data_dir>/tiles/<site>.pmtiles`."""

from dataclasses import dataclass
from pathlib import Path

from api.settings import ServerSettings

MEDIA_TYPE = "application/vnd.pmtiles"
_MAGIC = b"PMTiles\x03"


@dataclass(frozen=True, slots=True)
class TilesFile:
    """A site's file; `name` changes when its content does, so that phones notice."""

    path: Path
    name: str
    size_bytes: int


def tiles_of(settings: ServerSettings, site_id: str) -> TilesFile | None:
    """Return the site's map pictures, None if it has none (or something else under that name)."""
    path = settings.data_dir / "tiles" / f"{site_id}.pmtiles"
    try:
        with path.open("rb") as file:
            is_tiles = file.read(len(_MAGIC)) == _MAGIC
        known = path.stat()
    except OSError:
        return None
    if not is_tiles:
        return None
    return TilesFile(path, f"{known.st_mtime_ns:x}-{known.st_size:x}.pmtiles", known.st_size)
