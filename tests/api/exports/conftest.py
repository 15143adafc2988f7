"""Two servers: one with a reviewed night, one with nothing."""

from pathlib import Path

import pytest

from api.dependencies import Parts
from api.tables import Person
from tests.api.conftest import OpenDatabase
from tests.api.exports import night
from tests.api.shell import a_shell
from tests.api.world import World, with_tables


@pytest.fixture
def parts(world: World, tmp_path: Path) -> Parts:
    return a_shell(world.database, tmp_path / "server").parts


@pytest.fixture
async def li(world: World, parts: Parts) -> Person:
    return await night.reviewed_night(world, parts)


@pytest.fixture
async def empty(open_database: OpenDatabase, tmp_path: Path) -> tuple[Parts, Person, World]:
    """Another server that has the site and nothing in it."""
    other = open_database(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
    world = await World.build(await with_tables(other))
    person = await night.a_reader(world, "Ma")
    return a_shell(other, tmp_path / "other").parts, person, world
