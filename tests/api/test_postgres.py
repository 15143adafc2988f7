"""PostgreSQL in one process: who asks briefly waits at the socket, and never for long."""

import asyncio
import time
from collections.abc import Generator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from api import postgres
from api.database import Database
from api.postgres import BriefConnection
from api.questions import say
from tests.api.turns import turns_of_another

pytestmark = pytest.mark.postgres


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often psycopg was left to wait for an answer through the event loop."""
    through_loop: list[str] = []
    usual = psycopg.AsyncConnection.wait

    async def watched(self: Any, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        return await usual(self, _noting(gen, through_loop), *args, **kwargs)

    monkeypatch.setattr(psycopg.AsyncConnection, "wait", watched)
    monkeypatch.setattr(postgres, "LONGEST_HOLD_S", 10)  # however slow this machine is
    monkeypatch.setattr(postgres, "AT_HAND_MS", 1_000)
    return through_loop


def _noting(work: Generator[Any, Any, Any], noted: list[str]) -> Generator[Any, Any, Any]:
    try:
        wanted = next(work)
        while True:
            noted.append(str(wanted))
            wanted = work.send((yield wanted))
    except StopIteration as end:
        return end.value


@pytest.mark.parametrize("brief", [True, False])
async def test_only_brief_transactions_wait_at_the_socket(
    postgres_database: Database, turns: list[str], brief: bool
) -> None:
    async with postgres_database.transaction(brief=brief) as session:
        await say(session, "SELECT 1", None)
        turns.clear()
        for _ in range(20):
            await say(session, "SELECT 1", None)

    assert (len(turns) < 5) is brief


async def test_an_answer_that_takes_long_holds_up_nobody(postgres_database: Database) -> None:
    longest, is_over = 0.0, False

    async def work() -> None:
        nonlocal longest
        while not is_over:
            begun = time.monotonic()
            await asyncio.sleep(0)
            longest = max(longest, time.monotonic() - begun)

    async with postgres_database.transaction(brief=True) as session:
        working = asyncio.create_task(work())
        await say(session, "SELECT pg_sleep(0.6)", None)
        is_over = True
        await working

    assert longest < 0.5


async def test_statements_in_a_long_row_let_others_work_meanwhile(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LONGEST_HOLD_S", 0)
    async with (
        turns_of_another() as turns,
        postgres_database.transaction(brief=True) as session,
    ):
        await session.execute(text("SELECT 1"))
        before = turns.taken
        for _ in range(50):
            await say(session, "SELECT 1", None)
        meanwhile = turns.taken - before

    assert meanwhile >= 50


async def test_a_connection_that_breaks_is_told_as_any_other_failing_database(
    postgres_database: Database,
) -> None:
    with pytest.raises(OperationalError):
        async with postgres_database.transaction(brief=True) as session:
            await say(session, "SELECT pg_terminate_backend(pg_backend_pid())", None)

    async with postgres_database.transaction(brief=True) as session:
        assert (await say(session, "SELECT 1", None)).scalars() == [1]


async def test_what_is_asked_often_is_planned_for_the_values_it_is_asked_with(
    postgres_database: Database,
) -> None:
    async with postgres_database.transaction() as session:
        for _ in range(12):
            await say(session, "SELECT %s::INTEGER", [1])
        prepared = await say(session, "SELECT name FROM pg_prepared_statements", None)

    assert not prepared


async def test_a_connection_that_died_while_it_rested_is_not_given_out(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "TRUSTED_S", 0)
    own = "SELECT pg_backend_pid()"
    async with postgres_database.transaction() as session:
        await say(session, own, None)
        async with postgres_database.transaction() as another:
            (died,) = (await say(another, own, None)).scalars()
        await say(session, "SELECT pg_terminate_backend(%s::INTEGER, 5000)", [died])
        async with postgres_database.transaction() as another:
            (lives,) = (await say(another, own, None)).scalars()

    assert lives != died


async def test_our_own_connections_are_those_that_are_used(postgres_database: Database) -> None:
    async with postgres_database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection

    assert isinstance(driver, BriefConnection)
