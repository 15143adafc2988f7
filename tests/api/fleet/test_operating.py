"""The fleet's pages: what an operator sees of a valley, and a config that goes from one to all."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.fleet.hearing import hear_healths
from api.fleet.history import past_of
from api.fleet.meanings import MEANINGS, form_fields
from api.fleet.rollouts import roll
from api.fleet.tables import ReleaseOffer, StationConfig, StationHour
from api.tables import Role, Station
from edge_agent.contracts.messages import HealthMessage
from edge_agent.contracts.updates import Manifest, UpdateOffer
from tests.api.shell import Shell
from tests.api.tuning.valley import Seen, add_events
from tests.api.world import DUSK, World

ROLLOUTS = "/api/v1/fleet/rollouts"
STRICTER = {"thresholds": {"night_ir": 0.7}}


def a_report(**changes: Any) -> HealthMessage:
    return HealthMessage.model_validate({"at": DUSK} | changes)


async def alive(world: World, shell: Shell, *names: str) -> None:
    async with world.database.transaction() as session:
        for station in await session.scalars(select(Station)):
            if station.name_id in names:
                station.last_seen_at = shell.clock()


async def answer(world: World, shell: Shell, outcome: str = "applied", reason: str = "") -> None:
    """Have every station answer what it was wished last."""
    async with world.database.transaction() as session:
        for row in await session.scalars(select(StationConfig)):
            if row.outcome is None:
                row.outcome, row.reason, row.answered_at = outcome, reason, shell.clock()


async def settings_of(world: World, station: Station) -> Any:
    rows = [row for row in await world.rows(StationConfig) if row.station_id == station.id]
    return max(rows, key=lambda row: row.version).settings if rows else None


async def test_a_config_goes_from_one_station_to_all(world: World, shell: Shell) -> None:
    names = ["ridge", "yard", "far"]
    async with shell.signed_in(Role.OPERATOR) as operator:
        wish = {"station_ids": names, "settings": STRICTER, "soak_minutes": 30}
        begun = await operator.post(ROLLOUTS, json=wish)
        assert begun.status_code == 201, begun.text
        second = await operator.post(ROLLOUTS, json=wish)
        told = [len(await world.rows(StationConfig))]
        for _ in range(3):
            await answer(world, shell)
            shell.clock.wind(minutes=31)
            await alive(world, shell, *names)
            await roll(world.database, shell.clock())
            told.append(len(await world.rows(StationConfig)))
        (view,) = (await operator.get(ROLLOUTS)).json()

    assert second.status_code == 409
    assert told == [1, 2, 3, 3]
    assert view["state"] == "done"
    assert [each["outcome"] for each in view["stations"]] == ["applied"] * 3


async def test_a_station_that_goes_silent_stops_it_and_gets_its_own_back(
    world: World, shell: Shell
) -> None:
    async with shell.signed_in(Role.OPERATOR) as operator:
        before = {"confirmation": {"needed": 3}}
        await operator.put("/api/v1/stations/ridge/config", json={"settings": before})
        wish = {"station_ids": ["ridge", "yard"], "settings": STRICTER, "soak_minutes": 60}
        await operator.post(ROLLOUTS, json=wish)
        await alive(world, shell, "ridge")
        await answer(world, shell)
        assert await settings_of(world, world.ridge) == before | STRICTER
        shell.clock.wind(minutes=20)
        await roll(world.database, shell.clock())
        (view,) = (await operator.get(ROLLOUTS)).json()

    assert (view["state"], view["reason"]) == ("stopped", "ridge went silent")
    assert await settings_of(world, world.ridge) == before
    assert await settings_of(world, world.yard) is None


async def test_a_rollout_that_one_station_could_not_apply_never_begins(
    world: World, shell: Shell
) -> None:
    async with shell.signed_in(Role.OPERATOR) as operator:
        wish = {"station_ids": ["ridge", "yard"], "settings": {"thresholds": {"night": 1}}}
        refused = await operator.post(ROLLOUTS, json=wish)

    assert refused.status_code == 422
    assert refused.json()["message"].startswith("ridge: ")
    assert await world.rows(StationConfig) == []


@pytest.mark.parametrize("awake_at", [6, 10], ids=["all day", "at one hour of the day"])
async def test_a_battery_is_foretold_of_stations_that_sleep_most_of_the_day(
    world: World, awake_at: int
) -> None:
    async with world.database.transaction() as session:
        for day in range(6):
            hour = DUSK.replace(hour=awake_at, minute=0) - timedelta(days=day)
            row = StationHour(station_id=world.ridge.id, hour=hour, battery_percent=40 + 5 * day)
            row.blind, row.cameras, row.sharpness = {}, [], {"ridge-1": 3.0 + 0.1 * day}
            session.add(row)
    ids = [world.ridge.id, world.yard.id]
    async with world.database.reading() as session:
        past = await past_of(session, ids, DUSK - timedelta(days=14), DUSK + timedelta(hours=2))

    assert [percent for _, percent in past[world.ridge.id].charge] == [65, 60, 55, 50, 45, 40]
    assert len(past[world.ridge.id].sharpness["ridge-1"]) == 6
    assert past[world.yard.id].charge == []


async def test_silence_a_blind_camera_and_a_falling_battery_are_alarms(
    world: World, shell: Shell
) -> None:
    blind = {"deployment_id": "ridge-1", "state": "covered"}
    async with world.database.transaction() as session:
        ridge = await session.get_one(Station, world.ridge.id)
        report = a_report(cameras=[blind], vitals={"battery_percent": 40})
        await hear_healths(session, [(ridge, report)], DUSK)
        await hear_healths(session, [(ridge, report)], DUSK + timedelta(minutes=5))
        ridge.last_seen_at = DUSK
        for day in range(1, 6):
            hour = DUSK.replace(minute=0) - timedelta(days=day)
            charge = 40.0 + 10 * day
            session.add(
                StationHour(
                    station_id=ridge.id,
                    hour=hour,
                    battery_percent=charge,
                    blind={},
                    cameras=[],
                    sharpness={},
                )
            )
    async with shell.signed_in(Role.OPERATOR) as operator:
        fleet = (await operator.get("/api/v1/fleet")).json()["stations"]

    alarms = {each["station"]["id"]: each["alarms"] for each in fleet}
    assert alarms == {"ridge": ["blind", "battery_falling"], "yard": ["silent"], "far": ["silent"]}
    assert fleet[0]["flat_in"] == {"days": 2.0, "from_days": 6}


async def test_a_published_release_is_offered_to_more_without_the_key(
    world: World, shell: Shell
) -> None:
    manifest = Manifest.model_validate(
        {
            "name": "elephant-0.2",
            "created": "2026-11-01",
            "signed_at": DUSK,
            "needs": {"opset": 17, "input_size_px": 640},
            "files": [{"name": "a.onnx", "sha256": "0" * 64, "bytes": 1}],
        }
    )
    offer = UpdateOffer(manifest=manifest.canonical(), signature="0" * 128, url="http://x")
    row = ReleaseOffer(
        station_id=world.ridge.id,
        digest=offer.digest,
        release="elephant-0.2",
        offer=offer.model_dump(mode="json"),
        made_at=DUSK,
    )
    await world.add(row)
    await add_events(
        world, world.ridge, [Seen(0.8, 1, "elephant"), Seen(0.5, 2), Seen(0.5, 3, None)]
    )

    async with shell.signed_in(Role.OPERATOR) as operator:
        url = f"/api/v1/fleet/releases/{offer.digest}/offers"
        done = await operator.post(url, json={"station_ids": ["ridge", "yard"]})
        unknown = await operator.post(
            f"/api/v1/fleet/releases/{'0' * 64}/offers", json={"station_ids": ["yard"]}
        )

    assert done.status_code == 201, done.text
    assert unknown.status_code == 404
    assert [each["station_id"] for each in done.json()[0]["offers"]] == ["yard", "ridge"]


def test_every_key_of_the_config_has_its_meaning() -> None:
    fields = form_fields()

    assert {field["key"] for field in fields} == set(MEANINGS)
    needed = next(field for field in fields if field["key"] == "confirmation.needed")
    assert (needed["type"], needed["minimum"], needed["default"]) == ("integer", 1, 2)
