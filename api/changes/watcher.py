"""Notices commits of other processes, so that their news reach the streams of this one."""

import asyncio
import logging

from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError

from api.changes.bell import Bell
from api.database import Database
from api.tables import Change

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0


async def watch(database: Database, bell: Bell) -> None:
    """Ring the bell when there are new changes. Works until cancelled.

    One look a second for the whole process, instead of one per open browser.
    """
    newest = 0
    while True:
        try:
            async with database.reading() as session:
                number = await session.scalar(select(func.max(Change.id))) or 0
        except (OperationalError, InterfaceError) as error:
            _log.debug("cannot look for changes: %s", error)
        else:
            if number != newest:
                newest = number
                bell.ring()
        await asyncio.sleep(LOOK_EVERY_S)
