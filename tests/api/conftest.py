import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine

from api.database import Base, Database
from tests.api.private_postgres import PrivatePostgres, newest_bin
from tests.api.shell import Shell, a_shell
from tests.api.world import World, with_tables

OpenDatabase = Callable[[str], Database]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server, without a database; ours unless the environment names one."""
    given = os.environ.get("TRUNKLINE_TEST_POSTGRES_URL")
    if given:
        yield given.rstrip("/")
        return
    programs = newest_bin()
    if programs is None:
        pytest.skip("PostgreSQL is not installed, and TRUNKLINE_TEST_POSTGRES_URL is not set")
    with PrivatePostgres(programs) as server:
        yield server.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of the test's own."""
    with _new_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with our tables, which tests share one after the other."""
    with _new_database(postgres_server) as url:
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        yield url


@pytest.fixture
async def open_database() -> AsyncIterator[OpenDatabase]:
    """Open databases that are closed after the test."""
    opened: list[Database] = []

    def open_one(url: str) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()


@pytest.fixture
async def sqlite_database(tmp_path: Path, open_database: OpenDatabase) -> Database:
    """An open SQLite database with our tables and no rows."""
    return await with_tables(open_database(f"sqlite+aiosqlite:///{tmp_path / 'trunkline.db'}"))


@pytest.fixture
def postgres_database(postgres_with_tables: str, open_database: OpenDatabase) -> Database:
    """The same on PostgreSQL."""
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with psycopg.connect(postgres_with_tables.replace("+psycopg", "")) as connection:
        connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE".encode())
    return open_database(postgres_with_tables)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """An open database with our tables and no rows, of each kind we run on."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
async def world(database: Database) -> World:
    """A valley with stations, a village, people and phones, on each kind of database."""
    return await World.build(database)


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    name = f"t{uuid4().hex}"
    admin_url = server.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    yield f"{server}/{name}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def shell(world: World, tmp_path: Path) -> Shell:
    """The application over the valley, without a network, with a clock that stands at dusk."""
    return a_shell(world.database, tmp_path)
