"""Rows of sites."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import AlreadyExistsError, NotFoundError
from api.questions import ask
from api.tables import Site

_LOCKED = "trunkline_locked_sites"
_AS_IT_IS = select(Site.geofences_version, Site.timezone).where(Site.id == bindparam("site"))
_ALONE = _AS_IT_IS.with_for_update(key_share=True)


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
    as_it_is = (await ask(session, _ALONE, site=site_id)).first()
    # A savepoint that is taken back gives its locks back: only what is outside of one is sure.
    if not session.in_nested_transaction():
        _held(session)[site_id] = as_it_is


async def map_of(session: AsyncSession, site_id: str) -> tuple[int, str]:
    """Return how often the site's geofences have changed, and its zone. Lock the site first.

    As it was when this transaction locked it: nobody else has changed that since.
    """
    as_it_is = _held(session).get(site_id) or (await ask(session, _AS_IT_IS, site=site_id)).one()
    return as_it_is.geofences_version, as_it_is.timezone


def _held(session: AsyncSession) -> dict[str, Any]:
    """Return the sites that the session's present transaction holds for sure, as they were then."""
    transaction = session.sync_session.get_transaction()
    known: tuple[object, dict[str, Any]] = session.info.get(_LOCKED, (None, {}))
    if known[0] is not transaction:
        known = session.info[_LOCKED] = transaction, {}
    return known[1]
