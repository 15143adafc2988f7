"""Statements that are written once, when a module is read, and asked at every batch.

To build a statement, and to go through the ORM with it, takes SQLAlchemy three to eight times as
long as to ask one that is built. The story asks two dozen of them for each handful of sightings:
that was most of the time from a sighting to a push.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Connection, CursorResult, Dialect, Executable, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session, SessionTransaction
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

_OPENED = "trunkline_opened"
LISTED = "json_each"  # what SQLite's plans call the values of `among`


async def ask(
    session: AsyncSession, question: Executable, **values: Any
) -> CursorResult[*tuple[Any, ...]]:
    """Ask a statement of columns with these values; rows that are loaded as objects do not notice.

    In one that changes rows, a value must not be named like a column: SQLAlchemy would set it.

    Raises:
        DBAPIError: the database refuses it, or fails.
    """
    return await session.run_sync(_asked, question, values)


async def ask_many(
    session: AsyncSession, question: Executable, rows: Sequence[Mapping[str, Any]]
) -> CursorResult[*tuple[Any, ...]]:
    """Ask the same of many rows.

    Raises:
        DBAPIError: the database refuses one of them, or fails.
    """
    return await session.run_sync(_asked, question, rows)


async def say(session: AsyncSession, words: str, values: Any) -> None:
    """Have the database do what is written in its own words.

    Raises:
        DBAPIError: the database refuses it, or fails.
    """
    await session.run_sync(_said, words, values)


def _asked(session: Session, question: Executable, values: Any) -> CursorResult[*tuple[Any, ...]]:
    return _opened(session).execute(question, values)


def _said(session: Session, words: str, values: Any) -> None:
    _opened(session).exec_driver_sql(words, values)


def _opened(session: Session) -> Connection:
    """Return the transaction's connection: to ask the session each time takes as long again."""
    session.flush()  # what was said before comes before
    known: tuple[object, Connection] | None = session.info.get(_OPENED)
    if known is None or known[0] is not _innermost(session):
        connection = session.connection()  # this sets a savepoint, if one is to be
        known = session.info[_OPENED] = _innermost(session), connection
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
        """Return how the values go to the database."""
        kind = ARRAY(self.of) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        """Return the values as one."""
        values = list(value or ())
        return values if dialect.name == "postgresql" else json.dumps(values)


@compiles(Among)
def _in_array(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(values, **options)})"


@compiles(Among, "sqlite")
def _in_json(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled
