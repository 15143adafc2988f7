import json
from collections.abc import Sequence

import pytest
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import API
from api.long_answers import PAGE, told_in_pages
from api.tables import Person, Role
from tests.api.shell import Shell
from tests.api.world import DUSK, World


class Name(BaseModel):
    name: str


class Rest(BaseModel):
    count: int


@pytest.mark.parametrize("count", [0, 1, PAGE, 2 * PAGE + 1])
async def test_however_many_pages_it_takes_it_is_one_json_list_in_order(
    world: World, count: int
) -> None:
    names = [f'"{number:04}",' for number in range(count)]
    people = [Person(site_id="valley", name=each, role=Role.VILLAGER, joined_at=DUSK)
              for each in names]  # fmt: skip
    await world.add(*people)
    told: list[str] = []

    async def read_page(session: AsyncSession, ids: Sequence[int]) -> list[Name]:
        wanted = select(Person.name).where(Person.id.in_(ids)).order_by(Person.name)
        told.extend(page := list(await session.scalars(wanted)))
        return [Name(name=each) for each in page]

    answer = told_in_pages(
        world.database,
        select(Person.id).where(Person.name.startswith('"')).order_by(Person.name),
        read_page,
        name="names",
        rest=lambda: Rest(count=len(told)),
    )
    said = "".join([str(part) async for part in answer.body_iterator])

    assert json.loads(said) == {"names": [{"name": each} for each in names], "count": count}


@pytest.mark.parametrize("path", ["/people", "/reach"])
async def test_a_village_of_many_pages_misses_nobody(shell: Shell, world: World, path: str) -> None:
    await world.add(*(
        Person(site_id="valley", name=f"N{number}", role=Role.VILLAGER, joined_at=DUSK)
        for number in range(2 * PAGE)
    ))  # fmt: skip

    async with shell.signed_in(Role.ADMINISTRATOR) as administrator:
        said = (await administrator.get(f"{API}{path}")).json()

    names = [each["name"] for each in said["people"]]
    assert sorted(names, key=str.lower) == sorted({*names}, key=str.lower)
    assert len(names) == 2 * PAGE + 3  # and Mai, Bo, and who asks
