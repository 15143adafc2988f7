"""Rows of sites."""

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import AlreadyExistsError, NotFoundError
from api.questions import ask
from api.tables import Site

_LOCKED = "trunkline_locked_sites"
_ALONE = select(Site.id).where(Site.id == bindparam("site")).with_for_update(key_share=True)


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

    Rows that merely refer to the site may still be added by others. Asking again costs nothing. On
    SQLite every transaction is alone already.
    """
    if session.get_bind().dialect.name == "sqlite" or site_id in _held(session):
        return
    await ask(session, _ALONE, site=site_id)
    # A savepoint that is taken back gives its locks back: only what is outside of one is sure.
    if not session.in_nested_transaction():
        _held(session).add(site_id)


def _held(session: AsyncSession) -> set[str]:
    """Return the sites that the session's present transaction holds for sure."""
    transaction = session.sync_session.get_transaction()
    known: tuple[object, set[str]] = session.info.get(_LOCKED, (None, set()))
    if known[0] is not transaction:
        known = session.info[_LOCKED] = transaction, set()
    return known[1]
