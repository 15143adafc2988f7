"""Chains the notes that phones have left, soon after; works in every server process."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from api.database import Database
from api.ledger.store import chain_waiting, sites_waiting

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0


async def keep_chained(database: Database, *, clock: Callable[[], datetime]) -> None:
    """Chain what waits, once a second, until cancelled. A database that is away is waited for."""
    while True:
        try:
            await chain_all_waiting(database, clock())
        except SQLAlchemyError as error:
            _log.debug("notes cannot be chained now: %s", error)
        await asyncio.sleep(LOOK_EVERY_S)


async def chain_all_waiting(database: Database, now: datetime) -> None:
    """Chain what waits at each site, a transaction for each."""
    async with database.reading() as session:
        sites = await sites_waiting(session)
    for site_id in sites:
        async with database.transaction() as session:
            await chain_waiting(session, site_id, now)
