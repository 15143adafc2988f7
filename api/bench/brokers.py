"""The two ways in which a server is run, each in a temporary folder: alone, and in parts."""

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from api import migrations
from api.bench.private_mosquitto import mosquitto_program, private_mosquitto
from api.bench.private_postgres import PrivatePostgres, new_database, newest_bin
from api.bench.through import Through, measure_through
from api.bench.valley import Size
from api.broker.embedded import EmbeddedBroker
from api.broker.gate import Gate
from api.database import Database

_PASSWORD = "bench"  # noqa: S105 - of a broker that lives for a minute on 127.0.0.1


async def through_embedded(url: str, folder: Path, size: Size) -> Through:
    """Measure the embedded broker."""

    async def nobody(_site_id: str, _station_id: str) -> bytes | None:
        return None

    gate = Gate(_PASSWORD, nobody)
    broker = EmbeddedBroker("127.0.0.1", 0, gate, server_password=_PASSWORD)
    async with AsyncExitStack() as stack:
        database = Database(url)
        stack.push_async_callback(database.close)
        address = await stack.enter_async_context(broker.open())
        return await measure_through(database, address, folder, size)


async def through_mosquitto(url: str, folder: Path, size: Size) -> Through:
    """Measure Mosquitto; `has_parts` must be true."""
    program = mosquitto_program() or "mosquitto"
    async with AsyncExitStack() as stack:
        database = Database(url)
        stack.push_async_callback(database.close)
        broker = private_mosquitto(program, folder / "mosquitto")
        address = await stack.enter_async_context(broker)
        return await measure_through(database, address, folder, size)


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
