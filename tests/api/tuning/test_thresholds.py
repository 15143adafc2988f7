"""An operator and the thresholds of a valley: what is recommended, applied, watched, taken back."""

from datetime import timedelta
from typing import Any

import httpx

from api.fleet.tables import StationConfig
from api.tables import Role
from api.tuning.work import ask, make_due
from tests.api.shell import Shell
from tests.api.tuning.valley import Seen, add_events, add_samples, report_config, watch_hours
from tests.api.world import DUSK, World

PLACE = "/api/v1/tuning/thresholds/ridge/ridge-1/night_ir"
LIST = "/api/v1/tuning/thresholds"
CHANGES = "/api/v1/tuning/changes"
THIS = {"station_id": "ridge", "deployment_id": "ridge-1", "lighting": "night_ir"}
STUMP = [Seen(0.5, days_ago=20 + 10 * n) for n in range(12)]
ELEPHANTS = [Seen(0.8, days_ago=15 + 7 * n, verdict="elephant", foot=(0.7, 0.9)) for n in range(30)]


async def made(world: World, shell: Shell) -> None:
    async with world.database.transaction() as session:
        await ask(session, "valley", shell.clock())
    assert await make_due(world.database, shell.clock) == 1


async def get(client: httpx.AsyncClient, url: str) -> Any:
    answer = await client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_camera_with_a_stump_gets_a_threshold_above_it(world: World, shell: Shell) -> None:
    await add_events(world, world.ridge, [*STUMP, *ELEPHANTS])
    await watch_hours(world, world.ridge, 300)
    await made(world, shell)

    async with shell.signed_in(Role.OPERATOR) as operator:
        told = await get(operator, LIST)
        whole = await get(operator, PLACE)

    (place,) = told["places"]
    assert place["days"] == 300
    assert place["recommended"] == 0.51
    assert place["now"] == 0.4
    assert place["false_per_month"] == 12 / 300 * 30
    assert place["precision"][0] == round(30 / 42, 5)
    assert place["recall"][0] == 1
    assert not place["is_sampled"]
    assert told["work"]["is_running"] is False
    first, *others = told["balance"]
    assert first["thresholds"] == [["ridge", "ridge-1", "night_ir", 0.4]]
    assert others
    (spot,) = whole["report"]["spots"]
    assert (spot["alarms"], spot["elephants_there"], spot["elephants"]) == (12, 0, 30)


async def test_a_blind_camera_watched_nothing(world: World, shell: Shell) -> None:
    await add_events(world, world.ridge, [Seen(0.8, 250, "elephant")])
    await watch_hours(world, world.ridge, 200, blind_days=150)
    await made(world, shell)

    async with shell.signed_in(Role.OPERATOR) as operator:
        (place,) = (await get(operator, LIST))["places"]

    assert place["days"] == 51  # and the day of the event, before the station told how it is
    assert place["recommended"] is None
    assert 98 < place["days_missing"] < 100


async def test_labelled_samples_show_how_many_were_missed(world: World, shell: Shell) -> None:
    await add_events(world, world.ridge, ELEPHANTS)
    await watch_hours(world, world.ridge, 300)
    ids = await add_samples(world, world.ridge, [0.1, 0.35, 0.2])

    async with shell.signed_in(Role.RESEARCHER) as reader:
        waiting = await get(reader, "/api/v1/tuning/samples?limit=10")
        for sample in waiting["samples"]:
            is_elephant = sample["score"] == 0.35
            answer = await reader.put(
                f"/api/v1/tuning/samples/{sample['id']}", json={"is_elephant": is_elephant}
            )
            assert answer.status_code == 204
        left = await get(reader, "/api/v1/tuning/samples")
        unknown = await reader.put("/api/v1/tuning/samples/none", json={"is_elephant": True})
    await made(world, shell)

    assert [each["id"] for each in waiting["samples"]] == [ids[1], ids[2], ids[0]]
    assert (waiting["waiting"], left["waiting"], unknown.status_code) == (3, 0, 404)
    async with shell.signed_in(Role.OPERATOR) as operator:
        (place,) = (await get(operator, LIST))["places"]
    assert place["is_sampled"]
    assert 0.5 < place["recall"][0] < 0.9


async def test_samples_that_nobody_labelled_do_not_say_that_nothing_was_missed(
    world: World, shell: Shell
) -> None:
    await add_events(world, world.ridge, ELEPHANTS)
    await watch_hours(world, world.ridge, 300)
    await add_samples(world, world.ridge, [0.1, 0.35])
    await made(world, shell)

    async with shell.signed_in(Role.OPERATOR) as operator:
        (place,) = (await get(operator, LIST))["places"]

    assert not place["is_sampled"]


async def test_a_threshold_is_applied_watched_and_taken_back(world: World, shell: Shell) -> None:
    await add_events(world, world.ridge, [*STUMP, *ELEPHANTS])
    await watch_hours(world, world.ridge, 300)
    await report_config(world, world.ridge, {"cameras": {"ridge-1": {}, "ridge-2": {}}})
    await made(world, shell)

    async with shell.signed_in(Role.OPERATOR) as operator:
        put = await operator.put(
            "/api/v1/stations/ridge/config", json={"settings": {"confirmation": {"needed": 3}}}
        )
        assert put.status_code == 200
        done = await operator.post(CHANGES, json={"changes": [THIS | {"threshold": 0.51}]})
        assert done.status_code == 201, done.text
        (change,) = done.json()
        shell.clock.wind(days=40)
        await add_events(world, world.ridge, [Seen(0.6, -n) for n in (1, 2, 3, 8, 9)])
        await watch_later(world, 40)
        await made(world, shell)
        (seen,) = await get(operator, CHANGES)
        back = await operator.post(f"{CHANGES}/{change['id']}/revert")
        again = await operator.post(f"{CHANGES}/{change['id']}/revert")

    assert change["promised"]["false_per_day"] == 0
    assert (seen["watched"]["false"], seen["watched"]["standing"]) == (5, "broken")
    assert back.status_code == 200, back.text
    assert again.status_code == 409
    settings = [row.settings for row in await world.rows(StationConfig)]
    own = {"ridge-1": {"thresholds": {"night_ir": 0.51}}}
    needed = {"confirmation": {"needed": 3}}
    assert settings == [needed, needed | {"cameras": own}, needed]


async def watch_later(world: World, days: int) -> None:
    from api.fleet.tables import StationHour

    start = DUSK.replace(minute=0)
    await world.add(
        *(
            StationHour(
                station_id=world.ridge.id,
                hour=start + timedelta(hours=hour + 1),
                blind={},
                cameras=["ridge-1"],
                sharpness={},
            )
            for hour in range(days * 24)
        )
    )


async def test_a_mask_counts_in_its_light_alone_and_keeps_other_zones(
    world: World, shell: Shell
) -> None:
    statue = [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1]]
    await report_config(world, world.ridge, {"cameras": {"ridge-1": {"exclude": [statue]}}})
    mask = [[0.25, 0.75], [0.35, 0.75], [0.35, 0.85], [0.25, 0.85]]

    async with shell.signed_in(Role.OPERATOR) as operator:
        done = await operator.post(CHANGES, json={"changes": [THIS | {"mask": mask}]})
        assert done.status_code == 201, done.text

    (row,) = await world.rows(StationConfig)
    (profile,) = row.settings["profiles"]
    assert profile["lighting"] == ["night_ir"]
    assert profile["change"]["cameras"]["ridge-1"]["exclude"] == [statue, mask]
    assert "cameras" not in row.settings


async def test_a_profile_of_the_operators_that_would_hide_a_mask_is_named(
    world: World, shell: Shell
) -> None:
    profile = {
        "name": "moths",
        "hours": [18, 6],
        "change": {"confirmation": {"needed": 4, "out_of": 6}},
    }
    mask = [[0.25, 0.75], [0.35, 0.75], [0.35, 0.85]]

    async with shell.signed_in(Role.OPERATOR) as operator:
        await operator.put(
            "/api/v1/stations/ridge/config", json={"settings": {"profiles": [profile]}}
        )
        refused = await operator.post(CHANGES, json={"changes": [THIS | {"mask": mask}]})

    assert refused.status_code == 422
    assert "'moths'" in refused.json()["message"]


async def test_one_change_that_cannot_be_leaves_all_undone(world: World, shell: Shell) -> None:
    nowhere = THIS | {"station_id": "nowhere", "threshold": 0.6}

    async with shell.signed_in(Role.OPERATOR) as operator:
        answer = await operator.post(
            CHANGES, json={"changes": [THIS | {"threshold": 0.6}, nowhere]}
        )

    assert answer.status_code == 404
    assert await world.rows(StationConfig) == []


async def test_a_work_that_another_process_began_is_left_to_it(world: World, shell: Shell) -> None:
    await made(world, shell)

    assert await make_due(world.database, shell.clock) == 0
