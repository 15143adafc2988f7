"""Many rows at once, past the ORM. All rows of a call name the same columns.

What a caller has loaded as objects before does not notice; ask again with `populate_existing`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from api.database import Base

Row = Mapping[str, Any]


async def add_rows(session: AsyncSession, kind: type[Base], rows: Sequence[Row]) -> None:
    """Add rows that are not there yet: by COPY on PostgreSQL, which costs half of an INSERT.

    Raises:
        IntegrityError: one of them is there already; nothing was added.
        OperationalError: the database fails.
    """
    if not rows:
        return
    await session.flush()
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        await _copy(connection, _table_of(kind), rows)
    else:
        await connection.execute(insert(_table_of(kind)), list(rows))


async def add_numbered(session: AsyncSession, kind: type[Base], rows: Sequence[Row]) -> list[int]:
    """Add rows whose `id` the database counts; return these, in the order of the rows."""
    if not rows:
        return []
    await session.flush()
    table = _table_of(kind)
    connection = await session.connection()
    added = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list((await connection.execute(added, list(rows))).scalars())


async def change_rows(session: AsyncSession, kind: type[Base], rows: Sequence[Row]) -> None:
    """Change rows that are there, each found by its `id`."""
    if not rows:
        return
    await session.flush()
    table = _table_of(kind)
    changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
    statement = update(table).where(table.c.id == bindparam("new_id")).values(changed)
    connection = await session.connection()
    named = [{f"new_{name}": value for name, value in row.items()} for row in rows]
    await connection.execute(statement, named)


async def _copy(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    names = list(rows[0])
    spelt = [_spelling(connection, table, name) for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    statement = f'COPY "{table.name}" ({columns}) FROM STDIN'
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        async with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in rows:
                cells = [spell(row[name]) for name, spell in zip(names, spelt, strict=True)]
                await copy.write_row(cells)
    except psycopg.Error as error:
        # As SQLAlchemy would have said it: callers tell a failing database from a bad row.
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, dialect=connection.dialect
        ) from error


def _spelling(connection: AsyncConnection, table: Table, name: str) -> Callable[[Any], Any]:
    """Return how a column's values go to the driver."""
    dialect = connection.dialect
    spell = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return spell if spell is not None else _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _table_of(kind: type[Base]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)  # noqa: S101 - for the type checker: none of ours is a view
    return table
