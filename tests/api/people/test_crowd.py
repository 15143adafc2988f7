"""What a process holds in memory of shared cells, beside what the database says."""

import asyncio
import random
from datetime import datetime, timedelta

from api.database import Database
from api.people.crowd import OLDEST, Crowd
from api.people.following import cell_at, forget_cell, share_cell
from api.people.nearby import people_near
from api.position import Position
from api.tables import Person, Role
from tests.api.world import DUSK, VALLEY, World, place

HOUR = timedelta(hours=1)
STEPS = 60


async def people(world: World, count: int) -> list[Person]:
    added = [
        Person(site_id="valley", name=f"P{n}", role=Role.VILLAGER, joined_at=DUSK)
        for n in range(count)
    ]
    async with world.database.transaction() as session:
        session.add_all(added)
    return added


async def share(database: Database, who: Person, where: Position, until: datetime) -> None:
    cell = cell_at(where.latitude, where.longitude)
    async with database.transaction() as session:
        await share_cell(session, who, cell, until, until - HOUR)


async def seen(world: World, crowd: Crowd, where: Position, now: datetime) -> frozenset[int]:
    async with world.database.reading() as session:
        await crowd.catch_up(session, now)
    return crowd.near("valley", where, now) if "valley" in crowd.sites() else frozenset()


async def test_memory_misses_nobody_whatever_people_do(world: World) -> None:
    chance = random.Random(5)
    crowd, late_crowd, some = Crowd(), Crowd(), await people(world, 5)
    now, withdrew, withdrawals = DUSK, set[int](), 0
    for step in range(STEPS):
        now += timedelta(minutes=chance.randint(0, 6))
        who, where = chance.choice(some), place(chance.choice([0, 1500, 9000]), 0)
        if chance.random() < 0.2:
            async with world.database.transaction() as session:
                await forget_cell(session, who.id)
            withdrew.add(who.id)
            withdrawals += 1
        else:
            await share(world.database, who, where, now + HOUR)
            withdrew.discard(who.id)
        async with world.database.reading() as session:
            there = await people_near(session, "valley", VALLEY, now)
        for each in (crowd, *([late_crowd] if step % 10 == 9 else [])):
            found = await seen(world, each, VALLEY, now)
            assert found - withdrew == there
    assert withdrawals > 5  # or hardly anything was tried


async def test_who_withdrew_is_gone_from_memory_within_the_hour(world: World) -> None:
    crowd, (who,) = Crowd(), await people(world, 1)
    await share(world.database, who, VALLEY, DUSK + 3 * HOUR)
    assert await seen(world, crowd, VALLEY, DUSK) == {who.id}
    async with world.database.transaction() as session:
        await forget_cell(session, who.id)

    assert await seen(world, crowd, VALLEY, DUSK + OLDEST + timedelta(seconds=1)) == frozenset()


async def test_two_who_share_at_once_are_both_seen(world: World) -> None:
    crowd, (one, other) = Crowd(), await people(world, 2)
    cell = cell_at(VALLEY.latitude, VALLEY.longitude)

    async with world.database.transaction() as session:
        await share_cell(session, one, cell, DUSK + HOUR, DUSK)
        second = asyncio.create_task(share(world.database, other, VALLEY, DUSK + HOUR))
        # However long the first takes: the second's number is not to be seen before its own.
        await asyncio.wait({second}, timeout=0.1)
        assert await seen(world, crowd, VALLEY, DUSK) == frozenset()
    await second

    assert await seen(world, crowd, VALLEY, DUSK) == {one.id, other.id}
