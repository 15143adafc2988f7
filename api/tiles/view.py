"""What a phone is told of the map pictures it may fetch."""

from typing import Literal

from pydantic import BaseModel

from api.settings import ServerSettings
from api.tiles.folder import tiles_of


class TilesView(BaseModel):
    """The file, and the datum its pictures are drawn in."""

    url: str
    name: str
    size_bytes: int
    datum: Literal["wgs84", "gcj02"]


def tiles_view(settings: ServerSettings, site_id: str) -> TilesView | None:
    """Return what a person of the site may fetch, None if there is nothing."""
    tiles = tiles_of(settings, site_id)
    if tiles is None:
        return None
    return TilesView(
        url=f"/api/v1/tiles/{tiles.name}",
        name=tiles.name,
        size_bytes=tiles.size_bytes,
        datum=settings.tiles_datum,
    )
