"""The database behind everything: what a transaction leaves behind when its task is cancelled."""

import asyncio
import contextlib
import random
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

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


@pytest.mark.parametrize("way", ["transaction", "reading"])
async def test_a_driver_that_fails_at_rolling_back_does_not_hide_that_the_task_ends(
    way: str, database: Database
) -> None:
    begun = asyncio.Event()

    async def outlives_faults() -> None:
        while True:
            with contextlib.suppress(SQLAlchemyError):
                async with getattr(database, way)() as session:
                    begun.set()
                    try:
                        await asyncio.sleep(60)
                    except asyncio.CancelledError:
                        # What psycopg says of a rollback into a statement that is not done yet.
                        await session.execute(text("SELECT nothing FROM nowhere"))

    task = asyncio.create_task(outlives_faults())
    await begun.wait()
    task.cancel()

    done, _ = await asyncio.wait({task}, timeout=10)
    task.cancel()
    assert done
    assert task.cancelled()


async def test_a_fault_of_a_task_that_goes_on_stays_a_fault(database: Database) -> None:
    with pytest.raises(SQLAlchemyError):
        async with database.transaction() as session:
            await session.execute(text("SELECT nothing FROM nowhere"))
