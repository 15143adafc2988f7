"""The two ways in which a server is run, each in a temporary folder: alone, and in parts."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from api import migrations
from api.bench.private_mosquitto import mosquitto_program, private_mosquitto
from api.bench.private_postgres import PrivatePostgres, new_database, newest_bin
from api.broker.embedded import EmbeddedBroker
from api.broker.gate import Gate
from api.broker.provider import BrokerAddress
from api.database import Database

_PASSWORD = "bench"  # noqa: S105 - of a broker that lives for a minute on 127.0.0.1


Measured = TypeVar("Measured")
Measure = Callable[[Database, BrokerAddress], Awaitable[Measured]]


async def with_embedded(url: str, measure: Measure[Measured]) -> Measured:
    """Measure something through the embedded broker."""

    async def nobody(_site_id: str, _station_id: str) -> bytes | None:
        return None

    gate = Gate(_PASSWORD, nobody)
    broker = EmbeddedBroker("127.0.0.1", 0, gate, server_password=_PASSWORD)
    async with AsyncExitStack() as stack:
        database = Database(url)
        stack.push_async_callback(database.close)
        address = await stack.enter_async_context(broker.open())
        return await measure(database, address)


async def with_mosquitto(url: str, folder: Path, measure: Measure[Measured]) -> Measured:
    """Measure something through Mosquitto; `has_parts` must be true."""
    program = mosquitto_program() or "mosquitto"
    async with AsyncExitStack() as stack:
        database = Database(url)
        stack.push_async_callback(database.close)
        broker = private_mosquitto(program, folder)
        address = await stack.enter_async_context(broker)
        return await measure(database, address)


def has_parts() -> bool:
    """Whether PostgreSQL and Mosquitto are installed here."""
    return newest_bin() is not None and mosquitto_program() is not None


@contextmanager
def private_database() -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database with our tables, durable as a real one."""
    programs = newest_bin() or Path()
    with PrivatePostgres(programs, is_durable=True) as server, new_database(server.url) as url:
        migrations.upgrade(url)
        yield url
