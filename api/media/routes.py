"""Pictures over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse

from api.dependencies import ServerParts, SignedIn, Transaction
from api.errors import NotFoundError
from api.media.store import media_of

router = APIRouter(tags=["media"])


@router.get("/media/{sha256}", response_class=FileResponse)
async def show_media(
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    session: Transaction,
    parts: ServerParts,
    person: SignedIn,
) -> FileResponse:
    """Return a picture of the asker's own site. Its name is its content: it never changes."""
    media = await media_of(session, person.site_id, sha256)
    path = parts.media.path_of(sha256)
    if media is None or not path.is_file():
        raise NotFoundError("there is no such picture")
    return FileResponse(
        path,
        media_type=media.media_type,
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )
