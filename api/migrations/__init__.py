"""Bringing a database to the shape of `api/tables.py`, step by step.

A new step is drafted from the tables, then read and mended by a person:
`python -m api.migrations "add a column for …"` writes it below `versions/`.
"""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from api.sqlite import BUSY_TIMEOUT_MS

_FOLDER = Path(__file__).parent


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to the newest shape, or to that of a revision.

    Blocks; call it in a thread from asynchronous code. Several processes may start at once: on
    PostgreSQL they wait for each other.
    """
    command.upgrade(config_for(url), revision)


def current(url: str) -> str | None:
    """Return the database's revision, None if it was never migrated. Blocks."""
    engine = open_blocking(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def newest() -> str:
    """Return the revision that this version of the server wants."""
    revision = ScriptDirectory(str(_FOLDER)).get_current_head()
    if revision is None:
        raise RuntimeError("there are no migrations in the package")
    return revision


def revisions() -> frozenset[str]:
    """Return every revision that this version knows."""
    return frozenset(each.revision for each in ScriptDirectory(str(_FOLDER)).walk_revisions())


def config_for(url: str) -> Config:
    """Return Alembic's configuration; there is no `alembic.ini`."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def open_blocking(url: str) -> Engine:
    """Open the same database with a blocking driver."""
    engine = create_engine(blocking_url(url))
    if engine.dialect.name == "sqlite":
        _begin_for_real(engine)
    return engine


def blocking_url(url: str) -> URL:
    """Return the URL for a driver without asyncio: psycopg serves both, SQLite has its own."""
    parsed = make_url(url)
    return parsed.set(drivername="sqlite") if parsed.get_backend_name() == "sqlite" else parsed


def _begin_for_real(engine: Engine) -> None:
    """Have SQLite take back a migration that was killed half-way, and let one process in at once.

    The driver by itself opens no transaction for a CREATE TABLE.
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
