"""The database behind everything: what a transaction leaves behind when its task is cancelled."""

import asyncio
import contextlib
import random
from pathlib import Path

from sqlalchemy import text

from api.database import Database
from api.tables import Site
from tests.api.world import with_tables

TRIES, LONGEST_S = 100, 0.012  # about as long as such a transaction takes


async def test_a_cancelled_transaction_keeps_no_lock(tmp_path: Path) -> None:
    database = await with_tables(Database(f"sqlite+aiosqlite:///{tmp_path / 'trunkline.db'}"))

    async def write(number: int) -> None:
        async with database.transaction() as session:
            site = Site(id=f"s{number}", name="Valley", latitude=22.0, longitude=100.0)
            session.add(site)
            await session.flush()
            for _ in range(3):
                await session.execute(text("SELECT 1"))

    moments = random.Random(1)
    for number in range(TRIES):
        task = asyncio.create_task(write(number))
        await asyncio.sleep(moments.uniform(0, LONGEST_S))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5), database.transaction() as session:
            await session.execute(text("SELECT 1"))

    await database.close()
