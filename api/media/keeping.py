"""Keeps a picture: its bytes first, then its row, so that no row is without its picture."""

import asyncio
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.media.folder import MediaFolder
from api.media.rules import media_type_of
from api.media.store import add_media
from edge_agent.contracts.errors import UnreadableMessageError


async def keep_media(
    session: AsyncSession,
    folder: MediaFolder,
    site_id: str,
    sha256: str,
    picture: bytes,
    now: datetime,
) -> None:
    """Keep a picture of a site; the same again changes nothing.

    Raises:
        UnreadableMessageError: these bytes are no picture that we show.
    """
    media_type = media_type_of(picture)
    if media_type is None:
        raise UnreadableMessageError("neither a JPEG nor a WebP picture")
    await asyncio.to_thread(folder.keep, sha256, picture)
    await add_media(
        session,
        site_id=site_id,
        sha256=sha256,
        media_type=media_type,
        size_bytes=len(picture),
        now=now,
    )
