"""The maps that a process keeps, beside geofences that change under it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from api.geofences import fence_maps, store
from api.geofences.fence_map import FenceMap
from api.geofences.fence_maps import FenceMaps
from api.geofences.geojson import Feature
from api.tables import Geofence
from tests.api.world import DUSK, VALLEY, World, square

SOON = DUSK + timedelta(seconds=5)
LATER = DUSK + FenceMaps.OLDEST + timedelta(seconds=1)


async def villages(world: World, count: int) -> None:
    rows = [
        Geofence(site_id="valley", name=f"V{n}", area=square(0, 0), buffer_m=500, watch_m=1500)
        for n in range(count)
    ]
    async with world.database.transaction() as session:
        session.add_all(rows)


async def asked(world: World, maps: FenceMaps, now: datetime = DUSK) -> FenceMap:
    async with world.database.transaction() as session:
        return await maps.of_site(session, "valley", now)


async def test_a_change_draws_what_changed_and_leaves_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence_maps, "PAGE", 3)
    await villages(world, 8)
    maps = FenceMaps()
    before = (await asked(world, maps)).near(VALLEY)
    async with world.database.transaction() as session:
        changed = Feature.model_validate(
            {
                "type": "Feature",
                "geometry": square(0, 0),
                "properties": {"name": "V3", "buffer_m": 9},
            }
        )
        await store.put(session, "valley", [changed])
        await store.remove(session, "valley", before[-1].geofence_id, DUSK)

    after = (await asked(world, maps, SOON)).near(VALLEY)

    assert len(after) == len(before) - 1
    assert [old is new for old, new in zip(before, after, strict=False)].count(False) == 1


async def test_a_map_that_nobody_changed_stays_the_same_one(world: World) -> None:
    maps = FenceMaps()
    first = await asked(world, maps)

    assert await asked(world, maps, SOON) is first
    assert await asked(world, maps, LATER) is first


async def test_who_changes_rows_by_hand_is_noticed_after_a_minute(world: World) -> None:
    maps = FenceMaps()
    first = await asked(world, maps)
    async with world.database.transaction() as session:
        await session.execute(update(Geofence).values(watch_m=50_000))

    assert await asked(world, maps, SOON) is first
    (near,) = (await asked(world, maps, LATER)).near(VALLEY)
    assert near.watch_m == 50_000
