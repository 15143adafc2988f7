"""Many rows at once, past the ORM. All rows of a call name the same columns.

What a caller has loaded as objects before does not notice; ask again with `populate_existing`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import JSON, Dialect, Float, String, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.types import TypeEngine

from api.database import Base, Moment, in_utc
from api.questions import say, say_of_many
from api.spelling import array_of

Row = Mapping[str, Any]
FEW = 100  # rows, for which a COPY is more words than an INSERT


class JsonText(str):
    """The value of a JSON column that is written as JSON already."""

    __slots__ = ()


async def add_rows(session: AsyncSession, kind: type[Base], rows: Sequence[Row]) -> None:
    """Add rows that are not there yet: by COPY on PostgreSQL, which costs half of an INSERT.

    Raises:
        IntegrityError: one of them is there already; nothing was added.
        OperationalError: the database fails.
    """
    if not rows:
        return
    dialect, table, names = session.get_bind().dialect, _table_of(kind), tuple(rows[0])
    columns, quoted = _columns(dialect, table, names, rows), _quoted(names)
    if dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'  # noqa: S608 - names
        await say_of_many(session, statement, list(zip(*columns, strict=True)))
    elif len(rows) < FEW:
        lists = _lists(dialect, table, names)
        statement = f'INSERT INTO "{table.name}" ({quoted}) SELECT * FROM {lists}'  # noqa: S608
        await say(session, statement, list(map(array_of, columns)))
    else:
        statement = f'COPY "{table.name}" ({quoted}) FROM STDIN'
        await _copy(await _opened(session), statement, zip(*columns, strict=True))


async def add_numbered(session: AsyncSession, kind: type[Base], rows: Sequence[Row]) -> list[int]:
    """Add rows whose `id` the database counts; return these, in the order of the rows.

    As in `add_rows` each says all its columns: the defaults of the tables are the ORM's.
    """
    if not rows:
        return []
    dialect, table, names = session.get_bind().dialect, _table_of(kind), tuple(rows[0])
    columns = _columns(dialect, table, names, rows)
    into = f'INSERT INTO "{table.name}" ({_quoted(names)})'
    if dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        statement = f"{into} VALUES ({marks}) RETURNING id"
        each = [await say(session, statement, row) for row in zip(*columns, strict=True)]
        return [number for answer in each for number in answer.scalars()]
    # Numbers are given in the order of the rows; nobody promises to tell them in that order.
    lists = _lists(dialect, table, names)
    statement = (
        f"{into} SELECT {_quoted(names)} FROM {lists} WITH ORDINALITY"  # noqa: S608 - names
        f" AS new ({_quoted(names)}, place) ORDER BY place RETURNING id"
    )
    answer = await say(session, statement, list(map(array_of, columns)))
    return sorted(answer.scalars())


async def change_rows(session: AsyncSession, kind: type[Base], rows: Sequence[Row]) -> None:
    """Change rows that are there, each found by its `id`, and named once."""
    if not rows:
        return
    dialect, table = session.get_bind().dialect, _table_of(kind)
    changed = [name for name in rows[0] if name != "id"]
    names = (*changed, "id")
    columns = _columns(dialect, table, names, rows)
    if dialect.name == "sqlite":
        new = ", ".join(f'"{name}" = ?' for name in changed)
        statement = f'UPDATE "{table.name}" SET {new} WHERE id = ?'  # noqa: S608 - names alone
        await say_of_many(session, statement, list(zip(*columns, strict=True)))
        return
    new = ", ".join(f'"{name}" = new."{name}"' for name in changed)
    lists = _lists(dialect, table, names)
    statement = (
        f'UPDATE "{table.name}" AS old SET {new} '  # noqa: S608 - names and kinds alone
        f"FROM {lists} AS new ({_quoted(names)}) WHERE old.id = new.id"
    )
    await say(session, statement, list(map(array_of, columns)))


async def _opened(session: AsyncSession) -> AsyncConnection:
    await session.flush()  # what was said before comes before
    return await session.connection()


def _columns(
    dialect: Dialect, table: Table, names: tuple[str, ...], rows: Sequence[Row]
) -> list[list[Any]]:
    """Return the rows as the driver takes them, a list for each column."""
    spelt = _spellings(dialect, table, names)
    return [[spell(row[name]) for row in rows] for name, spell in zip(names, spelt, strict=True)]


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@lru_cache(maxsize=256)
def _lists(dialect: Dialect, table: Table, names: tuple[str, ...]) -> str:
    """Return a table of one row for each place in lists of values, as PostgreSQL says it."""
    # A cast to VARCHAR(n) would cut what is too long, where the column refuses it.
    kinds = [
        "TEXT" if isinstance(table.c[name].type, String) else table.c[name].type.compile(dialect)
        for name in names
    ]
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in kinds)})"


async def _copy(
    connection: AsyncConnection, statement: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        async with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in rows:
                await copy.write_row(row)
    except psycopg.Error as error:
        # As SQLAlchemy would have said it: callers tell a failing database from a bad row.
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, dialect=connection.dialect
        ) from error


@lru_cache(maxsize=256)
def _spellings(
    dialect: Dialect, table: Table, names: tuple[str, ...]
) -> tuple[Callable[[Any], Any], ...]:
    return tuple(_spelling(dialect, table.c[name].type) for name in names)


def _spelling(dialect: Dialect, kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """Return how a column's values go to the driver; the same as SQLAlchemy writes them."""
    if isinstance(kind, Moment):
        return _sqlite_moment if dialect.name == "sqlite" else _in_utc
    if isinstance(kind, Float):  # psycopg takes no list of whole and broken numbers
        return _as_float
    spell = kind.dialect_impl(dialect).bind_processor(dialect)
    if spell is None:
        return _as_it_is
    if isinstance(kind, JSON):
        return lambda value: value if isinstance(value, JsonText) else spell(value)
    return spell


@lru_cache(maxsize=256)  # one batch says many times when it came
def _sqlite_moment(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return in_utc(moment).isoformat(" ", "microseconds").removesuffix("+00:00")


def _in_utc(moment: datetime | None) -> datetime | None:
    return in_utc(moment) if moment is not None else None


def _as_float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _as_it_is(value: Any) -> Any:
    return value


def _table_of(kind: type[Base]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)  # noqa: S101 - for the type checker: none of ours is a view
    return table
