import h3
import pytest

from api.people.following import CELL_EDGE_M, CELL_RESOLUTION
from api.people.tables import SharedCell, Wishes
from api.tables import Follow, Geofence, Role, Site
from tests.api.shell import Shell
from tests.api.world import VALLEY, World, square

ME = "/api/v1/me"


@pytest.fixture
async def road(world: World) -> Geofence:
    fence = Geofence(site_id="valley", name="Road", area=square(900, 0), buffer_m=50, watch_m=60)
    await world.add(fence)
    return fence


async def test_a_person_follows_what_they_choose_and_no_more(
    shell: Shell, world: World, road: Geofence
) -> None:
    async with shell.signed_in(Role.VILLAGER) as browser:
        chosen = await browser.put(f"{ME}/geofences", json={"geofence_ids": [road.id, road.id]})
        me = (await browser.get(ME)).json()
        nothing = await browser.put(f"{ME}/geofences", json={"geofence_ids": []})

    assert [one["name"] for one in chosen.json()["geofences"]] == ["Road"]
    assert me["geofences"] == chosen.json()["geofences"]
    assert nothing.json() == {"geofences": []}
    others = {row.person_id for row in await world.rows(Follow)}
    assert others == {world.villager.id, world.ranger.id}


async def test_nobody_follows_a_geofence_of_another_site(shell: Shell, world: World) -> None:
    await world.add(Site(id="hills", name="Hills", latitude=20, longitude=100))
    foreign = Geofence(site_id="hills", name="Hut", area=square(0, 0), buffer_m=1, watch_m=1)
    await world.add(foreign)
    async with shell.signed_in(Role.ADMINISTRATOR) as browser:
        refused = await browser.put(f"{ME}/geofences", json={"geofence_ids": [foreign.id]})

    assert refused.status_code == 422
    assert all(row.geofence_id != foreign.id for row in await world.rows(Follow))


async def test_wishes_come_back_as_they_were_said(shell: Shell, world: World) -> None:
    said = {"quiet_hours": {"start": "22:00:00", "end": "05:30:00"}, "cooldown_min": 20}
    async with shell.signed_in(Role.VILLAGER) as browser:
        before = (await browser.get(f"{ME}/wishes")).json()
        assert (await browser.put(f"{ME}/wishes", json=said)).status_code == 204
        after = (await browser.get(f"{ME}/wishes")).json()
        await browser.put(f"{ME}/wishes", json={})
        at_last = (await browser.get(f"{ME}/wishes")).json()

    assert before == at_last == {"quiet_hours": None, "cooldown_min": 0}
    assert after == said
    (kept,) = await world.rows(Wishes)
    assert (kept.quiet_from_min, kept.cooldown_s) == (None, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_hours": {"start": "22:00", "end": "22:00:30"}},
        {"quiet_hours": {"start": "22:00+08:00", "end": "05:00"}},
        {"cooldown_min": 1441},
        {"cooldown_min": -1},
    ],
)
async def test_impossible_wishes_are_refused(wrong: dict[str, object], shell: Shell) -> None:
    async with shell.signed_in(Role.VILLAGER) as browser:
        assert (await browser.put(f"{ME}/wishes", json=wrong)).status_code == 422


async def test_of_a_place_only_the_cell_around_it_is_kept(shell: Shell, world: World) -> None:
    place = {"latitude": VALLEY.latitude, "longitude": VALLEY.longitude, "hours": 2}
    async with shell.signed_in(Role.VILLAGER) as browser:
        shared = (await browser.put(f"{ME}/cell", json=place)).json()
        known = (await browser.get(f"{ME}/cell")).json()

    assert known == shared
    assert (shared["resolution"], shared["edge_m"]) == (CELL_RESOLUTION, CELL_EDGE_M)
    assert CELL_EDGE_M > 1000
    (kept,) = await world.rows(SharedCell)
    assert kept.cell == h3.latlng_to_cell(VALLEY.latitude, VALLEY.longitude, 7)
    assert set(vars(kept)) - {"_sa_instance_state"} == {
        "person_id",
        "number",  # counts sharings, whosever they are
        "site_id",
        "cell",
        "expires_at",
    }


async def test_a_cell_is_forgotten_by_itself(shell: Shell, world: World) -> None:
    place = {"latitude": VALLEY.latitude, "longitude": VALLEY.longitude, "hours": 1}
    async with shell.signed_in(Role.VILLAGER) as one, shell.signed_in(Role.VILLAGER) as other:
        await one.put(f"{ME}/cell", json=place)
        shell.clock.wind(hours=1)
        assert (await one.get(f"{ME}/cell")).json()["cell"] is None
        await other.put(f"{ME}/cell", json=place)

    assert len(await world.rows(SharedCell)) == 1


async def test_a_cell_is_forgotten_when_asked(shell: Shell, world: World) -> None:
    cell = h3.latlng_to_cell(VALLEY.latitude, VALLEY.longitude, CELL_RESOLUTION)
    async with shell.signed_in(Role.VILLAGER) as browser:
        assert (await browser.put(f"{ME}/cell", json={"cell": cell})).status_code == 200
        assert (await browser.delete(f"{ME}/cell")).status_code == 204

    assert await world.rows(SharedCell) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"latitude": 21.9},
        {"cell": h3.latlng_to_cell(21.9, 100.8, 9)},
        {"cell": "f" * 15},
        {"cell": h3.latlng_to_cell(21.9, 100.8, 7), "latitude": 1, "longitude": 1},
        {"latitude": 91, "longitude": 0},
        {"latitude": 21.9, "longitude": 100.8, "hours": 25},
    ],
)
async def test_a_finer_place_than_a_cell_is_not_taken(
    wrong: dict[str, object], shell: Shell, world: World
) -> None:
    async with shell.signed_in(Role.VILLAGER) as browser:
        assert (await browser.put(f"{ME}/cell", json=wrong)).status_code == 422

    assert await world.rows(SharedCell) == []
