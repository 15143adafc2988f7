"""One way to talk to SQLite (one machine) and to PostgreSQL (many)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Dialect, Integer, MetaData, cast, event, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_MS = 10_000
READ_ONLY = "trunkline_read_only"


class Base(DeclarativeBase):
    """The mother of all rows; constraints are named alike, so that migrations find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def in_utc(moment: datetime) -> datetime:
    """Return the moment in UTC; if that lies before the first day or after the last, then that day.

    Raises:
        ValueError: it has no zone: nobody knows what it means.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        end = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        return end[moment.year > 1]


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite has no zones: stored naive there, it comes back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: nobody knows what they mean."""
        if value is None:
            return None
        moment = in_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002  (the signature is SQLAlchemy's)
    ) -> datetime | None:
        """Return UTC, whatever the database's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """An engine and its sessions; opened once per process, closed at the end."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Yield a session; commit at the end, roll back on any error."""
        async with _cancelled_stays_cancelled(), self._sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Yield a session that only reads: on SQLite, beside any writer."""
        async with _cancelled_stays_cancelled(), self._sessions() as session:
            await session.connection(execution_options={READ_ONLY: True})
            yield session

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


@asynccontextmanager
async def _cancelled_stays_cancelled() -> AsyncIterator[None]:
    """Let no fault hide that the task is to end.

    A driver that is cancelled in the middle of a statement may then fail at rolling back. A worker
    that outlives faults would take that for one, go on, and hold up the end of its server for ever.
    """
    try:
        yield
    except SQLAlchemyError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from error
        raise


def open_engine(url: str) -> AsyncEngine:
    """Open `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10)
    engine = create_async_engine(url)
    _give_sqlite_real_transactions(engine)
    return engine


def _give_sqlite_real_transactions(engine: AsyncEngine) -> None:
    """Begin every transaction as a writer.

    The driver's default begins late and turns readers into writers, which loses updates silently.
    """

    @event.listens_for(engine.sync_engine, "connect")
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

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Any) -> None:
        reads = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    @event.listens_for(engine.sync_engine, "invalidate")
    def _on_invalidate(connection: Any, _record: object, _error: BaseException | None) -> None:
        # A cancelled task leaves its connection in the middle of a statement. Closing alone would
        # keep the write lock for as long as anything still refers to that statement.
        connection.rollback()


def insert_into(session: AsyncSession, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return the dialect's INSERT, which knows ON CONFLICT; the two are used alike."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def seconds_of(session: AsyncSession, moment: Any) -> ColumnElement[int]:
    """Return a column's moments in whole seconds since 1970, as each database says it."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", moment), Integer)
    return cast(func.floor(func.extract("epoch", moment)), Integer)
