"""Rows of sites."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import AlreadyExistsError, NotFoundError
from api.tables import Site


async def add_site(session: AsyncSession, site: Site) -> None:
    """Keep a new site.

    Raises:
        AlreadyExistsError: its id is taken.
    """
    if await session.get(Site, site.id) is not None:
        raise AlreadyExistsError(f"the site {site.id!r} exists already")
    session.add(site)
    await session.flush()


async def site_of(session: AsyncSession, site_id: str) -> Site:
    """Return the site.

    Raises:
        NotFoundError: there is none of that id.
    """
    site = await session.get(Site, site_id)
    if site is None:
        raise NotFoundError(f"there is no site {site_id!r}")
    return site


async def all_sites(session: AsyncSession) -> list[Site]:
    """Return every site, by id."""
    return list(await session.scalars(select(Site).order_by(Site.id)))


async def lock_site(session: AsyncSession, site_id: str) -> None:
    """Make this transaction the only one that changes the site's story, until it ends.

    Rows that merely refer to the site may still be added by others. On SQLite every transaction is
    alone already.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    wanted = select(Site.id).where(Site.id == site_id)
    await session.execute(wanted.with_for_update(key_share=True))
