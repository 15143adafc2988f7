"""Many rows at once, past the ORM. All rows of a call name the same columns.

What a caller has loaded as objects before does not notice; ask again with `populate_existing`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import (
    JSON,
    ColumnElement,
    Float,
    String,
    Table,
    any_,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from api.database import Base, Moment, in_utc

Row = Mapping[str, Any]
LISTED = "listed"  # what SQLite's plans call the values of `among`


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
    connection, table, names = await _opened(session), _table_of(kind), list(rows[0])
    written = _written(connection, table, names, rows)
    quoted = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "postgresql":
        await _copy(connection, f'COPY "{table.name}" ({quoted}) FROM STDIN', written)
    else:
        marks = ", ".join("?" * len(names))
        statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'  # noqa: S608 - names
        await connection.exec_driver_sql(statement, written)


async def add_numbered(session: AsyncSession, kind: type[Base], rows: Sequence[Row]) -> list[int]:
    """Add rows whose `id` the database counts; return these, in the order of the rows."""
    if not rows:
        return []
    connection, table = await _opened(session), _table_of(kind)
    added = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list((await connection.execute(added, list(rows))).scalars())


async def change_rows(session: AsyncSession, kind: type[Base], rows: Sequence[Row]) -> None:
    """Change rows that are there, each found by its `id`."""
    if not rows:
        return
    connection, table = await _opened(session), _table_of(kind)
    names = [name for name in rows[0] if name != "id"]
    columns = _columns(connection, table, [*names, "id"], rows)
    if connection.dialect.name == "sqlite":
        new = ", ".join(f'"{name}" = ?' for name in names)
        statement = f'UPDATE "{table.name}" SET {new} WHERE id = ?'  # noqa: S608 - names alone
        await connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))
        return
    new = ", ".join(f'"{name}" = new."{name}"' for name in names)
    lists = ", ".join(f"%s::{_list_of(connection, table, name)}" for name in (*names, "id"))
    named = ", ".join(f'"{name}"' for name in (*names, "id"))
    await connection.exec_driver_sql(
        f'UPDATE "{table.name}" AS old SET {new} '  # noqa: S608 - names and kinds alone
        f"FROM unnest({lists}) AS new ({named}) WHERE old.id = new.id",
        tuple(columns),
    )


def among(
    session: AsyncSession, column: InstrumentedAttribute[Any], values: Iterable[int | str]
) -> ColumnElement[bool]:
    """Whether a column is one of very many values: asked in one statement, however many they are.

    `in_` names each, so that the database has to read and to plan another statement every time.
    """
    if session.get_bind().dialect.name == "sqlite":
        listed = func.json_each(json.dumps(list(values))).table_valued("value", name=LISTED)
        return column.in_(select(listed.c.value))
    return column == any_(literal(list(values), ARRAY(column.type)))


async def _opened(session: AsyncSession) -> AsyncConnection:
    await session.flush()  # what was said before comes before
    return await session.connection()


def _written(
    connection: AsyncConnection, table: Table, names: Sequence[str], rows: Sequence[Row]
) -> list[tuple[Any, ...]]:
    """Return the rows as the driver takes them."""
    return list(zip(*_columns(connection, table, names, rows), strict=True))


def _columns(
    connection: AsyncConnection, table: Table, names: Sequence[str], rows: Sequence[Row]
) -> list[list[Any]]:
    spelt = [_spelling(connection, table, name) for name in names]
    return [[spell(row[name]) for row in rows] for name, spell in zip(names, spelt, strict=True)]


def _list_of(connection: AsyncConnection, table: Table, name: str) -> str:
    kind = table.c[name].type
    # A cast to VARCHAR(n) would cut what is too long, where the column refuses it.
    return "TEXT[]" if isinstance(kind, String) else f"{kind.compile(connection.dialect)}[]"


async def _copy(
    connection: AsyncConnection, statement: str, rows: Sequence[tuple[Any, ...]]
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


def _spelling(connection: AsyncConnection, table: Table, name: str) -> Callable[[Any], Any]:
    """Return how a column's values go to the driver; the same as SQLAlchemy writes them."""
    dialect, kind = connection.dialect, table.c[name].type
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
