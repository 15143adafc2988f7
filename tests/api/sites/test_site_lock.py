import contextlib

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from api.database import Database
from api.sites.store import lock_site
from tests.api.world import World

pytestmark = pytest.mark.postgres


@pytest.fixture
async def world(postgres_database: Database) -> World:
    return await World.build(postgres_database)


async def test_one_transaction_asks_for_a_lock_once_and_the_next_again(world: World) -> None:
    asked: list[str] = []
    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    for _ in range(2):
        async with world.database.transaction() as session:
            for _ in range(3):
                await lock_site(session, "valley")

    assert len([statement for statement in asked if "FOR NO KEY UPDATE" in statement]) == 2


async def test_a_lock_lost_with_its_savepoint_is_taken_again(world: World) -> None:
    async with world.database.transaction() as session:
        with contextlib.suppress(ZeroDivisionError):
            async with session.begin_nested():
                await lock_site(session, "valley")
                raise ZeroDivisionError
        await lock_site(session, "valley")

        with pytest.raises(OperationalError, match="lock timeout"):
            await lock_in_a_moment(world.database)


async def lock_in_a_moment(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        await lock_site(session, "valley")
