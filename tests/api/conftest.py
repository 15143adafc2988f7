from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from api.broker.embedded import EmbeddedBroker
from api.broker.gate import Gate
from api.broker.provider import BrokerAddress
from api.database import Base, Database
from tests.api.shell import Shell, a_shell
from tests.api.world import World, with_tables
from tests.private_postgres import new_database

OpenDatabase = Callable[[str], Database]


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with our tables, which tests share one after the other."""
    with new_database(postgres_server) as url:
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


@pytest.fixture
def shell(world: World, tmp_path: Path) -> Shell:
    """The application over the valley, without a network, with a clock that stands at dusk."""
    return a_shell(world.database, tmp_path)


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def address(request: pytest.FixtureRequest, world: World) -> AsyncIterator[BrokerAddress]:
    """A running broker of each kind."""
    if request.param == "mosquitto":
        yield request.getfixturevalue("mosquitto").address
        return
    keys = {("valley", station.name_id): station.key for station in (world.ridge, world.yard)}

    async def find_key(site_id: str, station_id: str) -> bytes | None:
        return keys.get((site_id, station_id))

    gate = Gate("ours", find_key)
    async with EmbeddedBroker("127.0.0.1", 0, gate, server_password="ours").open() as opened:
        yield opened
