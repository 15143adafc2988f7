"""One way to talk to SQLite (one machine) and to PostgreSQL (many)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Integer, MetaData, cast, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from api.postgres import open_postgres
from api.sqlite import BRIEF, READ_ONLY, Queue, open_sqlite


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
        self._queue = Queue() if self.engine.dialect.name == "sqlite" else None

    @property
    def has_one_writer(self) -> bool:
        """Whether one transaction at a time may write, whatever it writes."""
        return self._queue is not None

    @asynccontextmanager
    async def transaction(self, *, brief: bool = False) -> AsyncIterator[AsyncSession]:
        """Yield a session; commit at the end, roll back on any error.

        `brief`: all its statements are as short as those of the story, see `BriefConnection`.
        """
        turn = self._queue.turn() if self._queue is not None else nullcontext()
        async with _cancelled_stays_cancelled(), turn, self._sessions.begin() as session:
            if brief:
                await session.connection(execution_options={BRIEF: True})
            yield session

    @asynccontextmanager
    async def reading(self, *, brief: bool = False) -> AsyncIterator[AsyncSession]:
        """Yield a session that only reads: on SQLite, beside any writer."""
        async with _cancelled_stays_cancelled(), self._sessions() as session:
            await session.connection(execution_options={READ_ONLY: True, BRIEF: brief})
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
    if make_url(url).get_backend_name() == "sqlite":
        return open_sqlite(url)
    return open_postgres(url)


def insert_into(session: AsyncSession, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return the dialect's INSERT, which knows ON CONFLICT; the two are used alike."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def seconds_of(session: AsyncSession, moment: Any) -> ColumnElement[int]:
    """Return a column's moments in whole seconds since 1970, as each database says it."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", moment), Integer)
    # In 2038 they are more than an INTEGER holds, and people may ask of any year.
    return cast(func.floor(func.extract("epoch", moment)), BigInteger)
