"""Geofences over HTTP: out and in again, taken away, and only in their hours, on both databases."""

from datetime import timedelta

from api.tables import Alert, Follow, Geofence, Role
from tests.api.shell import Shell
from tests.api.world import DUSK, World, a_message, square

URL = "/api/v1/geofences"
SCHOOL = {
    "name": "School way",
    "kind": "school_way",
    "buffer_m": 300,
    "watch_m": 900,
    "confidence": {"danger": 0.6},
    "schedule": [{"days": ["mon", "tue"], "from": "06:30", "until": "08:00"}],
}


async def test_what_was_exported_can_be_imported_and_changes_nothing(
    world: World, shell: Shell
) -> None:
    drawn = {"type": "Feature", "geometry": square(800, 0), "properties": SCHOOL}
    async with shell.signed_in(Role.OPERATOR) as operator:
        assert (await operator.put(URL, json=drawn)).status_code == 200
        exported = (await operator.get(URL)).json()
        headers = {"content-type": "application/geo+json"}
        again = await operator.put(URL, json=exported, headers=headers)

    assert again.json() == exported
    by_name = {each["properties"]["name"]: each for each in exported["features"]}
    assert by_name["School way"]["properties"].items() >= SCHOOL.items()
    assert by_name["School way"]["geometry"] == square(800, 0)
    assert len(await world.rows(Geofence)) == 2


async def test_a_geofence_that_is_taken_away_rings_nobody_and_leaves_its_alerts(
    world: World, shell: Shell
) -> None:
    await world.tell(world.ridge, a_message())
    async with shell.signed_in(Role.OPERATOR) as operator:
        gone = await operator.delete(f"{URL}/{world.village.id}")
        twice = await operator.delete(f"{URL}/{world.village.id}")
        alerts = (await operator.get("/api/v1/alerts")).json()["alerts"]
        left = (await operator.get(URL)).json()["features"]
        followed = await operator.put(
            "/api/v1/me/geofences", json={"geofence_ids": [world.village.id]}
        )

    await world.tell(world.yard, a_message(captured_at=DUSK + timedelta(hours=6)))

    assert (gone.status_code, twice.status_code, left) == (204, 404, [])
    assert [alert["geofence"]["name"] for alert in alerts] == ["Guanping"]
    assert len(await world.rows(Alert)) == 1
    assert await world.rows(Follow) == []
    assert followed.status_code == 422


async def test_out_of_its_hours_a_geofence_does_not_ring(world: World) -> None:
    # Dusk is on a Sunday, at half past eleven in Greenwich, where this site keeps its clock.
    async with world.database.transaction() as session:
        village = await session.get_one(Geofence, world.village.id)
        village.schedule = [{"days": ["sun"], "from": "12:00", "until": "13:00"}]

    await world.tell(world.ridge, a_message())
    before = len(await world.rows(Alert))
    await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(minutes=31)))

    assert (before, len(await world.rows(Alert))) == (0, 1)


async def test_a_doubtful_sighting_in_the_village_is_a_warning_and_a_sure_one_danger(
    world: World,
) -> None:
    async with world.database.transaction() as session:
        village = await session.get_one(Geofence, world.village.id)
        village.confidence = {"danger": 0.9}

    await world.tell(world.yard, a_message())
    doubtful = (await world.the_alert()).level
    animal = {"label": "elephant", "confidence": 0.95, "box": (0.2, 0.3, 0.4, 0.4)}
    sure = a_message(captured_at=DUSK + timedelta(minutes=1), animals=[animal])
    await world.tell(world.yard, sure)

    assert (doubtful, (await world.the_alert()).level) == ("warning", "danger")
