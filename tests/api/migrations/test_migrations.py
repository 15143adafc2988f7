import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from api.database import Base
from api.migrations import config_for, current, newest, open_blocking, upgrade
from api.tables import LedgerEntry, Site
from tests.api.conftest import OpenDatabase
from tests.api.world import World, a_message


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"


def test_the_steps_lead_to_the_tables_in_the_code(empty_url: str) -> None:
    upgrade(empty_url)

    engine = open_blocking(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_an_empty_database_says_that_it_was_never_migrated(empty_url: str) -> None:
    assert current(empty_url) is None

    upgrade(empty_url)

    assert current(empty_url) == newest()


def test_two_servers_may_start_at_once(empty_url: str) -> None:
    start = [sys.executable, "-c", f"from api.migrations import upgrade; upgrade({empty_url!r})"]

    servers = [subprocess.Popen(start, stderr=subprocess.PIPE) for _ in range(2)]

    for server in servers:
        _, said = server.communicate(timeout=60)
        assert server.returncode == 0, said.decode()
    assert current(empty_url) == newest()


def test_a_migration_that_ends_half_way_leaves_nothing_behind(empty_url: str) -> None:
    # In the way of one of the last tables; those before it are made, and must go again.
    engine = open_blocking(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE deliveries (x INTEGER)"))

    with pytest.raises(DatabaseError, match="deliveries"):
        upgrade(empty_url)

    assert inspect(engine).get_table_names() == ["deliveries"]
    engine.dispose()


async def test_a_site_that_ran_before_the_ledger_goes_on_after_it(
    empty_url: str, open_database: OpenDatabase
) -> None:
    await asyncio.to_thread(command.upgrade, config_for(empty_url), "0001")
    engine = open_blocking(empty_url)
    known = set(inspect(engine).get_table_names())
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO sites (id, name, latitude, longitude, timezone)"
                " VALUES ('older', 'Older', 21.5, 100.5, 'UTC')"
            )
        )

    await asyncio.to_thread(upgrade, empty_url)

    assert set(inspect(engine).get_table_names()) > known | {"ledger"}
    engine.dispose()
    world = await World.build(open_database(empty_url))
    await world.tell(world.ridge, a_message())
    assert {site.id for site in await world.rows(Site)} == {"older", "valley"}
    assert [(row.site_id, row.number) for row in await world.rows(LedgerEntry)] == [
        ("valley", 1),
        ("valley", 2),
    ]


def test_the_ledger_s_step_can_be_taken_back(empty_url: str) -> None:
    upgrade(empty_url)

    command.downgrade(config_for(empty_url), "0001")

    engine = open_blocking(empty_url)
    assert "ledger" not in inspect(engine).get_table_names()
    engine.dispose()
    upgrade(empty_url)
    assert current(empty_url) == newest()
