"""SQLite for one machine: real transactions, writers in a row, and short ones without a thread."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_TIMEOUT_MS = 10_000
READ_ONLY = "trunkline_read_only"
BRIEF = "trunkline_brief"
LONGEST_HOLD_S = 0.002  # then whoever else waits for the event loop has it for a moment

Result = TypeVar("Result")


class BriefConnection(aiosqlite.Connection):
    """Runs the statements of a brief transaction in the event loop.

    A statement of the story takes a tenth of a millisecond. The driver has each done by another
    thread, which then has to wait for the interpreter's lock, up to five milliseconds each way:
    with two dozen statements a batch, that was most of the time from a sighting to a push. To begin
    and to commit can take long, for they wait for others and for the disk; they keep the thread.
    """

    is_brief = False
    _held_since = 0.0

    async def ask(self, words: str, values: Any) -> tuple[list[tuple[Any, ...]], int]:
        """Ask a statement; return the rows of its answer, and how many it changed.

        Raises:
            sqlite3.Error: the database refuses it, or fails.
        """
        return await self._execute(self._asked, words, values)

    async def ask_many(self, words: str, rows: Sequence[Any]) -> tuple[list[tuple[Any, ...]], int]:
        """Have the same done with each row of values.

        Raises:
            sqlite3.Error: the database refuses one of them, or fails.
        """
        done = await self._execute(self._conn.executemany, words, rows)
        return [], done.rowcount

    def _asked(self, words: str, values: Any) -> tuple[list[tuple[Any, ...]], int]:
        cursor = self._conn.execute(words, values)
        return cursor.fetchall(), cursor.rowcount

    async def _execute(self, fn: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        if not self.is_brief:
            done: Result = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
            self._held_since = time.monotonic()
            return done
        if time.monotonic() - self._held_since > LONGEST_HOLD_S:
            await asyncio.sleep(0)
            self._held_since = time.monotonic()
        return fn(*args, **kwargs)


class Queue:
    """Lets the writers of this process in, in the order in which they came.

    SQLite itself lets in whoever happens to ask when it is free. Under load that is nearly always
    the link, who asks again at once; a push then waited for seconds.
    """

    def __init__(self) -> None:
        self._is_taken = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the turn; whoever waits for too long goes to SQLite, which then says what it is."""
        is_ours = False
        with suppress(TimeoutError):
            async with asyncio.timeout(BUSY_TIMEOUT_MS / 1000):
                is_ours = await self._is_taken.acquire()
        try:
            yield
        finally:
            if is_ours:
                self._is_taken.release()


def open_sqlite(url: str) -> AsyncEngine:
    """Open `sqlite+aiosqlite:///…`; every transaction begins as a writer, unless it only reads.

    The driver's default begins late and turns readers into writers, which loses updates silently.
    """
    engine = create_async_engine(url, connect_args={"async_creator_fn": _connection})
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)
    event.listen(engine.sync_engine, "commit", _on_end)
    event.listen(engine.sync_engine, "rollback", _on_end)
    event.listen(engine.sync_engine, "invalidate", _on_invalidate)
    return engine


def _connection(*args: Any, **kwargs: Any) -> aiosqlite.Connection:
    # As the driver opens one, but for its class; a thread of it shall not hold up the end.
    connection = BriefConnection(lambda: sqlite3.connect(*args, **kwargs), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with those it opens
    return connection


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a storage receipt is a promise that survives a power cut
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN" if options.get(READ_ONLY, False) else "BEGIN IMMEDIATE")
    _set_brief(connection, is_brief=options.get(BRIEF, False))


def _on_end(connection: Connection) -> None:
    _set_brief(connection, is_brief=False)


def _set_brief(connection: Connection, *, is_brief: bool) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, BriefConnection):
        driver.is_brief = is_brief


def _on_invalidate(connection: Any, _record: object, _error: BaseException | None) -> None:
    # A cancelled task leaves its connection in the middle of a statement. Closing alone would
    # keep the write lock for as long as anything still refers to that statement.
    connection.rollback()
