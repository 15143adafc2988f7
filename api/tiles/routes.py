"""Map pictures over HTTP."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from api.dependencies import Settings, SignedIn
from api.errors import NotFoundError
from api.tiles.folder import MEDIA_TYPE, tiles_of

router = APIRouter(tags=["map"])


@router.get("/tiles/{name}", response_class=FileResponse)
async def tiles(name: str, settings: Settings, person: SignedIn) -> FileResponse:
    """Return the file of the asker's site, or the range of it that is asked for."""
    found = tiles_of(settings, person.site_id)
    if found is None or found.name != name:
        raise NotFoundError("this site has no such map pictures")
    kept = {"Cache-Control": "private, max-age=31536000, immutable"}
    return FileResponse(found.path, media_type=MEDIA_TYPE, headers=kept)
