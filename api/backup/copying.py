"""Rows out of a database that goes on working, and into an empty one."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from api import migrations
from api.backup.archive import Manifest, TableInfo, Writer, lines_of
from api.backup.columns import KINDS, kind_of, line_of, row_of, table_of, tables
from api.errors import IllegalMoveError, InvalidError

PAGE = 500
Told = Callable[[str, int], None]


def open_reading(url: str) -> Engine:
    """Open a database for one long look that nobody has to wait for."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(migrations.blocking_url(url), isolation_level="REPEATABLE READ")
    engine = create_engine(migrations.blocking_url(url))

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")  # a reader: in WAL mode writers go on beside it

    return engine


def dump(engine: Engine, writer: Writer, told: Told) -> None:
    """Write every table as it was at one moment, while others go on. Blocks.

    On PostgreSQL one snapshot serves all tables; on SQLite, one reading transaction in WAL mode.
    """
    with engine.connect() as connection:
        for table in tables():
            columns = {column.name: kind_of(column) for column in table.columns}
            kinds = list(columns.values())
            with writer.table(table.name, columns) as out:
                rows = connection.execution_options(yield_per=PAGE).execute(
                    sa.select(table).order_by(*table.primary_key.columns)
                )
                for row in rows:
                    out.line(line_of(row, kinds))
            told(table.name, out.rows)


def load(url: str, manifest: Manifest, folder: Path, told: Told) -> None:
    """Fill an empty database, in the shape that it had, then bring it to today's. Blocks.

    Raises:
        IllegalMoveError: there is something in it already; nothing was changed.
        InvalidError: this version is too old for the backup, or a row cannot be read.
    """
    known = migrations.revisions()
    if manifest.revision not in known:
        raise InvalidError(
            f"the backup is of revision {manifest.revision}, which this version does not know: "
            "restore it with the version that made it, or a newer one"
        )
    _refuse_full(url)
    migrations.upgrade(url, manifest.revision)
    engine = migrations.open_blocking(url)
    try:
        with engine.begin() as connection:
            for table in manifest.tables:
                _fill(connection, table, folder)
                told(table.name, table.rows)
    finally:
        engine.dispose()
    migrations.upgrade(url)


def _refuse_full(url: str) -> None:
    if migrations.current(url) is None:
        return
    engine = migrations.open_blocking(url)
    try:
        with engine.connect() as connection:
            there = connection.execute(text("SELECT count(*) FROM sites")).scalar_one()
    finally:
        engine.dispose()
    if there:
        raise IllegalMoveError("that database is not empty: restore into a new one")


def _fill(connection: Connection, table: TableInfo, folder: Path) -> None:
    strange = set(table.columns.values()) - set(KINDS)
    if strange:
        raise InvalidError(f"{table.name} has columns of a kind {min(strange)!r}")
    into = sa.insert(table_of(table.name, table.columns))
    for page in _pages(table, folder):
        connection.execute(into, page)
    if connection.dialect.name == "postgresql" and table.columns.get("id") == "whole":
        # Whoever is added next must not be given a number that is taken.
        connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608 - a name checked by its pattern
                f"coalesce((SELECT max(id) FROM {table.name}), 0) + 1, false)"
            )
        )


def _pages(table: TableInfo, folder: Path) -> Iterator[list[dict[str, Any]]]:
    lines = lines_of(folder, table)
    while page := list(islice(lines, PAGE)):
        try:
            yield [row_of(line, table.columns) for line in page]
        except (ValueError, TypeError) as error:
            raise InvalidError(f"a row of {table.name} cannot be read: {error}") from error
