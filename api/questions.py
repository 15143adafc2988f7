"""Statements that are written once, when a module is read, and asked at every batch.

To build a statement, and to go through the ORM with it, takes SQLAlchemy three to eight times as
long as to ask one that is built; and to ask it, three times as long as its driver takes. The story
asks two dozen of them for each handful of sightings: that was most of the time from a sighting to a
push. So these go to the driver itself, see docs/decisions/0014.
"""

import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import psycopg
from sqlalchemy import Boolean, ClauseElement, Connection, Dialect, String, Text, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session, SessionTransaction
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from api.answers import Answer
from api.spelling import Spelt, array_of, spelt

_OPENED = "trunkline_opened"
LISTED = "json_each"  # what SQLite's plans call the values of `among`

Said = tuple[list[tuple[Any, ...]], int]  # rows, and how many were found or changed


async def ask(session: AsyncSession, question: ClauseElement, **values: Any) -> Answer:
    """Ask a statement of columns with these values; rows that are loaded as objects do not notice.

    Raises:
        DBAPIError: the database refuses it, or fails.
    """
    way = await _way(session)
    spelt = way.spelt(question)
    return spelt.answer(*await way.ask(spelt.words, spelt.values(values)))


async def say(session: AsyncSession, words: str, values: Any) -> Answer:
    """Have the database do what is written in its own words, with values in its driver's.

    Raises:
        DBAPIError: the database refuses it, or fails.
    """
    rows, rowcount = await (await _way(session)).ask(words, values)
    return Answer(rows, rowcount)


async def say_of_many(session: AsyncSession, words: str, rows: Sequence[Any]) -> None:
    """Have SQLite do the same with many rows of values.

    Raises:
        DBAPIError: the database refuses one of them, or fails.
    """
    await (await _way(session)).ask(words, rows, many=True)


class _Way:
    """From one transaction to its driver, past what SQLAlchemy does for each statement."""

    def __init__(self, connection: Connection, driver: Any) -> None:
        self._connection = connection
        self._driver = driver

    def spelt(self, question: ClauseElement) -> Spelt:
        """Return how the question is spelt here."""
        return spelt(question, self._connection.dialect)

    async def ask(self, words: str, values: Any, *, many: bool = False) -> Said:
        """Ask it; whoever listens to SQLAlchemy's statements hears of it."""
        connection = self._connection
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, None, words, values, None, many)
        asked: Callable[..., Awaitable[Said]] = self._driver.ask_many if many else self._driver.ask
        try:
            return await asked(words, values)
        except (sqlite3.Error, psycopg.Error) as error:
            # As SQLAlchemy would have said it: callers tell a failing database from a bad row.
            kind = sqlite3.Error if isinstance(error, sqlite3.Error) else psycopg.Error
            raise DBAPIError.instance(
                words, values, error, kind, dialect=connection.dialect
            ) from error


async def _way(session: AsyncSession) -> _Way:
    """Return the transaction's way: to ask the session each time takes several times as long."""
    inner = session.sync_session
    if inner.new or inner.dirty or inner.deleted:
        await session.flush()  # what was said before comes before
    known: tuple[object, _Way] | None = session.info.get(_OPENED)
    if known is None or known[0] is not _innermost(inner):
        connection = await session.connection()  # this sets a savepoint, if one is to be
        driver = (await connection.get_raw_connection()).driver_connection
        assert connection.sync_connection is not None  # noqa: S101 - it was opened above
        way = _Way(connection.sync_connection, driver)
        known = session.info[_OPENED] = _innermost(inner), way
    return known[1]


def _innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def among(column: InstrumentedAttribute[Any], name: str) -> "Among":
    """Whether a column is one of the values that are asked with under a name, however many.

    `in_` names each, so that the database reads and plans another statement every time.
    """
    return Among(column, bindparam(name, type_=Many(column.type)))


class Among(FunctionElement[bool]):
    """See `among`."""

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: OperatorType | None = None) -> "Among":  # noqa: ARG002
        """Return itself: as a function it would be compared with 1, past every index."""
        return self


class Many(TypeDecorator[Any]):
    """Any number of values as one: an array, or JSON where the database has no arrays."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return how the values go to the database: an array's kind is said beside it."""
        kind = NullType() if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> str:
        """Return the values as one."""
        return (
            array_of(value or ()) if dialect.name == "postgresql" else json.dumps(list(value or ()))
        )


@compiles(Among)
def _in_array(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    # A cast to VARCHAR(n) would cut what is too long, and find what was not asked for.
    kind = "TEXT" if isinstance(column.type, String) else column.type.compile(compiler.dialect)
    said = compiler.process(column, **options), compiler.process(values, **options)
    return f"{said[0]} = ANY ({said[1]}::{kind}[])"


@compiles(Among, "sqlite")
def _in_json(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled
