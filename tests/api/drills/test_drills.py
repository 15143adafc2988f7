import json
from datetime import timedelta
from pathlib import Path

from typer.testing import CliRunner

from api.cli import app
from api.deliveries import near_me
from api.dependencies import API
from api.drills.rules import Reached, summary_of
from api.tables import Alert, Delivery, Follow, Person, Role
from tests.api.shell import Shell
from tests.api.world import DUSK, VALLEY, World, square

FIELD = {"name": "Tea field", "kind": "field", "buffer_m": 100, "watch_m": 200}


def way(person: int, channel: str, **seconds: float) -> Reached:
    never: dict[str, float | None] = dict.fromkeys(("sent_s", "received_s", "shown_s", "opened_s"))
    return Reached(person, channel, **(never | seconds))


def test_whoever_is_reached_twice_counts_once_by_the_faster_way() -> None:
    ways = [
        way(1, "web_push", sent_s=0.5, received_s=9),
        way(1, "live", shown_s=2),
        way(2, "web_push", sent_s=0.5),
        way(3, "sms", sent_s=1, received_s=4),
    ]

    summary = summary_of({1, 2, 3}, ways, {1})

    assert (summary.people, summary.reached, summary.answered) == (3, 2, 1)
    assert summary.median_s == 3.0


async def test_a_village_practises_and_sees_who_was_reached(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.RANGER) as ranger:
        order = {"scope": "village", "geofence_id": world.village.id, "level": "danger"}
        begun = await ranger.post(f"{API}/drills", json=order)
        drill = begun.json()
        (alert,) = await world.rows(Alert)
        shell.clock.wind(seconds=7)
        async with world.database.transaction() as session:
            first, _ = await world.rows(Delivery)
            delivery = await session.get_one(Delivery, first.id)
            delivery.sent_at, delivery.received_at = DUSK, DUSK + timedelta(seconds=6)
        result = (await ranger.get(f"{API}/drills/{drill['id']}")).json()
        (shown,) = (await ranger.get(f"{API}/alerts")).json()["alerts"]

    assert begun.status_code == 201, begun.text
    assert (alert.simulated, alert.level) == (True, "danger")
    assert shown["simulated"] is True
    assert shown["rings_me"] is False  # who ordered it follows nothing there
    assert [one["name"] for one in drill["results"]] == ["Bo", "Mai"]
    assert (result["people"], result["reached"], result["median_s"]) == (2, 1, 6.0)


async def test_an_open_app_is_a_way_to_reach_somebody(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.VILLAGER) as villager:
        drill = (await villager.post(f"{API}/drills", json={"scope": "person"})).json()
        (alert,) = (await villager.get(f"{API}/alerts")).json()["alerts"]
        assert alert["rings_me"] is True
        for kind, seconds in (("shown", 2), ("opened", 3), ("shown", 9)):
            at = (DUSK + timedelta(seconds=seconds)).isoformat()
            shell.clock.moment = DUSK + timedelta(seconds=10)
            said = {"kind": kind, "at": at}
            answer = await villager.post(f"{API}/alerts/{alert['id']}/glances", json=said)
            assert answer.status_code == 204, answer.text
        result = (await villager.get(f"{API}/drills/{drill['id']}")).json()

    (person,) = result["results"]
    (live,) = person["ways"]
    assert (live["channel"], live["shown_s"], live["opened_s"]) == ("live", 2.0, 3.0)
    assert result["reached"] == 1


async def test_a_drill_for_one_rings_nobody_else(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.RANGER) as ranger:
        order = {"scope": "person", "person_id": world.villager.id}
        await ranger.post(f"{API}/drills", json=order)

    (delivery,) = await world.rows(Delivery)
    assert delivery.occasion == "warning"


async def test_whoever_shares_a_rough_area_is_not_rung_for_practice(
    shell: Shell, world: World
) -> None:
    cell = {"latitude": VALLEY.latitude, "longitude": VALLEY.longitude}
    async with shell.signed_in(Role.RANGER) as ranger:
        assert (await ranger.put(f"{API}/me/cell", json=cell)).status_code == 200
        order = {"scope": "person", "person_id": world.villager.id, "level": "danger"}
        await ranger.post(f"{API}/drills", json=order)
        async with world.database.reading() as session:
            assert await near_me.Lookout().unrung(session, DUSK) == {}


async def test_a_site_s_drill_rings_everybody_once(shell: Shell, world: World) -> None:
    async with world.database.transaction() as session:
        idle = Person(site_id="valley", name="Idle", role=Role.VILLAGER, joined_at=DUSK)
        session.add(idle)  # follows nothing and has no phone: nothing can reach them
    async with shell.signed_in(Role.RANGER) as ranger:
        drill = (await ranger.post(f"{API}/drills", json={"scope": "site"})).json()

    assert {one["name"] for one in drill["results"]} == {"Mai", "Bo"}
    assert len(await world.rows(Delivery)) == len(await world.rows(Follow)) == 2


async def test_a_villager_rings_their_own_phone_and_no_other(shell: Shell, world: World) -> None:
    others = [
        {"scope": "person", "person_id": world.ranger.id},
        {"scope": "village", "geofence_id": world.village.id},
        {"scope": "site"},
    ]
    async with shell.signed_in(Role.VILLAGER) as villager:
        refused = [(await villager.post(f"{API}/drills", json=each)).status_code for each in others]
        nonsense = await villager.post(f"{API}/drills", json={"scope": "village"})

    assert refused == [403, 403, 403]
    assert nonsense.status_code == 422
    assert await world.rows(Alert) == []


async def test_drills_do_not_become_noise(shell: Shell, world: World) -> None:
    async with shell.signed_in(Role.RANGER) as ranger:
        answers = [await ranger.post(f"{API}/drills", json={"scope": "site"}) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [201] * 6 + [429]


def test_the_command_prints_who_was_not_reached_and_fails(tmp_path: Path) -> None:
    place = ["--data-dir", str(tmp_path / "data")]
    fences = tmp_path / "fences.json"
    fences.write_text(
        json.dumps({"type": "Feature", "geometry": square(0, 0), "properties": FIELD})
    )
    middle = [f"--latitude={VALLEY.latitude}", f"--longitude={VALLEY.longitude}"]
    run = CliRunner().invoke
    assert run(app, ["site", "add", "valley", *middle, *place]).exit_code == 0
    assert run(app, ["geofence", "add", str(fences), "--site", "valley", *place]).exit_code == 0
    nobody = run(app, ["drill", "--site", "valley", "--wait", "0", *place])
    added = ["user", "add", "mei", "--site", "valley", "--name", "Mei", *place]
    assert run(app, added, input="a long enough secret\n").exit_code == 0

    one = run(app, ["drill", "--site", "valley", "--person", "1", "--wait", "0", *place])

    assert nobody.exit_code == 1
    assert "nobody is there to practise" in nobody.stderr
    assert one.exit_code == 1
    assert "Mei" in one.stdout
    assert "no phone" in one.stdout
    assert "0 of 1 reached, 0 answered" in one.stdout
