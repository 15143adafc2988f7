"""SQLite in one process: writers come in turn, and short transactions hold up nobody."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from api import sqlite
from api.database import Database
from api.questions import say
from api.tables import Site
from tests.api.turns import turns_of_another
from tests.api.world import with_tables


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await with_tables(Database(f"sqlite+aiosqlite:///{tmp_path / 'trunkline.db'}"))
    yield opened
    await opened.close()


async def test_a_writer_that_asks_again_at_once_lets_those_in_who_have_waited(
    database: Database,
) -> None:
    came: list[str] = []

    async def write(name: str) -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT 1"))
            came.append(name)
            await asyncio.sleep(0.01)

    async def greedy() -> None:
        while True:
            await write("link")

    link = asyncio.create_task(greedy())
    while not came:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)
    pushes = [asyncio.create_task(write("push")) for _ in range(3)]
    await asyncio.wait(pushes)
    link.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await link

    assert "".join(name[0] for name in came).startswith("lppp")


async def test_a_cancelled_writer_gives_its_turn_on(database: Database) -> None:
    holding = asyncio.Event()

    async def hold() -> None:
        async with database.transaction():
            holding.set()
            await asyncio.sleep(60)

    first, waiting = asyncio.create_task(hold()), asyncio.create_task(hold())
    await holding.wait()
    await asyncio.sleep(0)
    for task in (waiting, first):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async with asyncio.timeout(5), database.transaction() as session:
        await session.execute(text("SELECT 1"))


async def test_a_transaction_within_another_is_told_so_and_does_not_wait_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    async with database.transaction() as outer:
        await outer.execute(text("DELETE FROM sites"))
        with pytest.raises(OperationalError, match="locked"):
            async with database.transaction() as inner:
                await inner.execute(text("DELETE FROM sites"))


@pytest.mark.parametrize("brief", [True, False])
async def test_only_the_statements_of_brief_transactions_run_in_the_event_loop(
    database: Database, brief: bool
) -> None:
    threads: list[tuple[str, str]] = []

    @event.listens_for(database.engine.sync_engine, "connect")
    def _watch(connection: object, _record: object) -> None:
        def note(statement: str) -> None:
            threads.append((statement.split(maxsplit=1)[0], threading.current_thread().name))

        raw = connection.driver_connection._conn  # type: ignore[attr-defined]
        raw.set_trace_callback(note)

    await database.engine.dispose()
    async with database.transaction(brief=brief) as session:
        session.add(Site(id="s1", name="Valley", latitude=22.0, longitude=100.0))
    async with database.reading(brief=brief) as session:
        await session.execute(text("SELECT * FROM sites"))
        await say(session, "SELECT name FROM sites", ())

    here = threading.current_thread().name
    work = {where == here for what, where in threads if what in {"INSERT", "SELECT"}}
    waits = {where == here for what, where in threads if what == "COMMIT"}
    begins = [where == here for what, where in threads if what == "BEGIN"]
    assert work == {brief}
    assert waits == {False}  # the disk may take its time
    assert not any(begins)


async def test_a_long_row_of_brief_statements_lets_others_work_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LONGEST_HOLD_S", 0)  # whoever is quick holds nobody up
    async with turns_of_another() as turns, database.transaction(brief=True) as session:
        before = turns.taken
        for _ in range(300):
            await session.execute(text("SELECT 1"))
        meanwhile = turns.taken - before

    assert meanwhile >= 300


async def test_a_brief_statement_that_fails_fails_as_any_other_does(database: Database) -> None:
    with pytest.raises(OperationalError, match="nowhere"):
        async with database.transaction(brief=True) as session:
            await session.execute(text("SELECT nothing FROM nowhere"))

    async with database.transaction(brief=True) as session:
        assert await session.scalar(text("SELECT 1")) == 1
