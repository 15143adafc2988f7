"""Rows of pictures."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.tables import Media


async def add_media(
    session: AsyncSession,
    *,
    site_id: str,
    sha256: str,
    media_type: str,
    size_bytes: int,
    now: datetime,
) -> None:
    """Remember a picture of a site; the same again changes nothing."""
    statement = insert_into(session, Media).values(
        sha256=sha256,
        site_id=site_id,
        media_type=media_type,
        size_bytes=size_bytes,
        received_at=now,
    )
    await session.execute(statement.on_conflict_do_nothing())


async def media_of(session: AsyncSession, site_id: str, sha256: str) -> Media | None:
    """Return the picture if it is one of this site."""
    return await session.get(Media, (sha256, site_id))
