"""PostgreSQL for many machines: short transactions, and short waits without a round of the loop."""

import select
import time
from collections.abc import Generator
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg.waiting import Ready, Wait
from sqlalchemy import Connection, Dialect, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.sqlite import BRIEF, LONGEST_HOLD_S

TRUSTED_S = 1.0  # so long a connection that rests is taken for alive
_RESTS_SINCE = "trunkline_rests_since"
AT_HAND_MS = 1  # an answer that comes within so long is waited for at the socket

Result = TypeVar("Result")


class BriefConnection(psycopg.AsyncConnection[Any]):
    """Waits for the answers of a brief transaction at the socket, if they come at once.

    A statement of the story takes the database a tenth of a millisecond. To have the event loop
    watch the socket for it, and to forget that again, takes as long, two dozen times a batch.
    """

    is_brief = False
    _held_since = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._socket = select.poll()
        self._socket.register(self.pgconn.socket, select.POLLIN)
        self._asking: psycopg.AsyncCursor[Any] | None = None

    async def ask(self, words: str, values: Any) -> tuple[list[tuple[Any, ...]], int]:
        """Ask a statement; return the rows of its answer, and how many it found or changed.

        Raises:
            psycopg.Error: the database refuses it, or fails.
        """
        if self._asking is None:
            self._asking = self.cursor()
        cursor = self._asking
        # Prepared, it would some day be planned for any values: for the empty tables of the first
        # evening, and for ten values where there are a thousand.
        await cursor.execute(words.encode(), values, prepare=False)
        answer = cursor.pgresult
        has_rows = answer is not None and answer.status == psycopg.pq.ExecStatus.TUPLES_OK
        return await cursor.fetchall() if has_rows else [], cursor.rowcount

    async def wait(self, gen: Generator[Any, Any, Result], *args: Any, **kwargs: Any) -> Result:
        """Let psycopg's work go on until it is done."""
        return await super().wait(self._at_hand(gen) if self.is_brief else gen, *args, **kwargs)

    def _at_hand(self, work: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
        try:
            wanted = next(work)
            while True:
                is_here = wanted == Wait.R and self._may_hold() and self._socket.poll(AT_HAND_MS)
                if not is_here:
                    ready = yield wanted
                    self._held_since = time.monotonic()
                wanted = work.send(Ready.R if is_here else ready)
        except StopIteration as end:
            result: Result = end.value
            return result

    def _may_hold(self) -> bool:
        return time.monotonic() - self._held_since <= LONGEST_HOLD_S


def open_postgres(url: str) -> AsyncEngine:
    """Open `postgresql+psycopg://…`."""
    engine = create_async_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_use_lifo=True,  # the one used last needs no question whether it lives
        connect_args={"async_creator_fn": BriefConnection.connect},
    )
    event.listen(engine.sync_engine, "checkout", partial(_on_checkout, engine.dialect))
    event.listen(engine.sync_engine, "checkin", _on_checkin)
    event.listen(engine.sync_engine, "begin", _on_begin)
    event.listen(engine.sync_engine, "commit", _on_end)
    event.listen(engine.sync_engine, "rollback", _on_end)
    return engine


def _on_checkout(dialect: Dialect, connection: Any, record: Any, _proxy: object) -> None:
    # To ask each time whether the database is still there takes as long as what is then asked.
    if time.monotonic() - record.info.get(_RESTS_SINCE, -TRUSTED_S) < TRUSTED_S:
        return
    try:
        dialect.do_ping(connection)
    except psycopg.Error as error:
        raise DisconnectionError(str(error)) from error


def _on_checkin(_connection: object, record: Any) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


def _on_begin(connection: Connection) -> None:
    _set_brief(connection, is_brief=connection.get_execution_options().get(BRIEF, False))


def _on_end(connection: Connection) -> None:
    _set_brief(connection, is_brief=False)  # to commit is to wait for the disk


def _set_brief(connection: Connection, *, is_brief: bool) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, BriefConnection):
        driver.is_brief = is_brief
