"""Herds over HTTP, on both databases: the way, the forecast, and what researchers put right."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from shapely.geometry import Point, shape

from api.herds.routes import MOST_IN_FULL
from api.herds.tables import HerdCorrection
from api.position import blurred
from api.tables import Alert, AnswerKind, Geofence, Herd, Role
from tests.api.shell import Shell
from tests.api.world import DUSK, VALLEY, World, a_message, square

MINUTE = timedelta(minutes=1)
API = "/api/v1"


@pytest.fixture
async def walking(world: World, shell: Shell) -> World:
    """A herd that was seen far east of the village, then nearer: it goes west."""
    await world.tell(world.far, a_message("elephant", "elephant", deployment_id="far-1"))
    await world.tell(world.ridge, a_message(captured_at=DUSK + 15 * MINUTE))
    shell.clock.wind(minutes=16)
    return world


async def test_a_ranger_sees_where_a_herd_goes_and_when_it_may_come(
    walking: World, shell: Shell
) -> None:
    (herd,) = await _herds(shell, Role.RANGER)

    assert (herd["state"], herd["count"]) == ("walking", 2)
    assert herd["heading_deg"] == pytest.approx(270, abs=0.2)
    assert herd["speed_m_per_s"] == pytest.approx(600 / 900, abs=0.01)
    assert [each["after_min"] for each in herd["forecast"]] == [15, 30, 60]
    cone = shape(herd["forecast"][1]["area"])
    assert cone.contains(Point(VALLEY.longitude, VALLEY.latitude))
    (arrival,) = herd["arrivals"]
    assert arrival["geofence"]["name"] == "Guanping"
    assert arrival["chance"] > 0.5
    assert arrival["earliest_at"] < arrival["likely_at"] < arrival["latest_at"]
    async with shell.signed_in(Role.RANGER) as ranger:
        assert (await ranger.get(f"{API}/map")).json()["herds"] == [herd]


async def test_of_many_herds_those_seen_last_are_told_in_full_and_any_that_is_asked_for(
    walking: World, shell: Shell
) -> None:
    (walker,) = await _herds(shell, Role.RANGER)
    seen_later = [
        Herd(
            site_id="valley",
            latitude=VALLEY.latitude,
            longitude=VALLEY.longitude,
            first_seen_at=DUSK,
            last_seen_at=DUSK + 16 * MINUTE,
            count=1,
        )
        for _ in range(MOST_IN_FULL)
    ]
    async with walking.database.transaction() as session:
        session.add_all(seen_later)
    *_, warned_of = await _herds(shell, Role.RANGER)
    await walking.answer(
        walking.ranger, (await walking.the_alert()).id, AnswerKind.ALL_CLEAR, DUSK + 16 * MINUTE
    )
    *others, last = await _herds(shell, Role.RANGER)
    async with shell.signed_in(Role.RANGER) as ranger:
        alone = (await ranger.get(f"{API}/herds/{walker['id']}")).json()

    assert warned_of == walker, "people wait for it, however many came after it"
    assert all(each["in_full"] and each["forecast"] for each in others)
    assert last == walker | {"in_full": False, "forecast": [], "arrivals": []}
    assert alone["arrivals"] == walker["arrivals"] != []


async def test_a_villager_sees_the_cell_and_not_the_camera(walking: World, shell: Shell) -> None:
    (exact,) = await _herds(shell, Role.RANGER)
    (herd,) = await _herds(shell, Role.VILLAGER)

    cell = blurred(VALLEY)
    ridge = exact["path"][-1]
    for point in herd["path"]:
        assert abs(point["longitude"] - cell.longitude) % 0.0097 == pytest.approx(0, abs=2e-4)
        assert (point["latitude"], point["longitude"]) != (ridge["latitude"], ridge["longitude"])
    assert herd["speed_m_per_s"] is None
    assert herd["heading_deg"] % 45 == 0
    # However the cell lies, the place where it really can be is in the wider area.
    here = Point(ridge["longitude"], ridge["latitude"])
    assert shape(herd["forecast"][0]["area"]).contains(here)
    minutes = {arrival[key][14:19] for arrival in herd["arrivals"] for key in MOMENTS}
    assert all(int(minute[:2]) % 5 == 0 and minute[3:] == "00" for minute in minutes)
    async with shell.signed_in(Role.VILLAGER) as villager:
        assert (await villager.get(f"{API}/herds/{herd['id']}")).json()["events"] == []


MOMENTS = ("earliest_at", "likely_at", "latest_at")


async def test_of_a_herd_that_is_gone_nothing_is_foretold(walking: World, shell: Shell) -> None:
    shell.clock.wind(hours=5)

    (herd,) = await _herds(shell, Role.RANGER)

    assert (herd["state"], herd["forecast"], herd["arrivals"]) == ("ended", [], [])


async def test_a_researcher_splits_a_herd_and_its_alert_goes_with_its_events(
    walking: World, shell: Shell
) -> None:
    (herd,) = await walking.rows(Herd)
    async with shell.signed_in(Role.RESEARCHER) as researcher:
        known = (await researcher.get(f"{API}/herds/{herd.id}")).json()
        newest = known["events"][-1]["id"]
        other = await _post(researcher, f"{herd.id}/split", {"event_ids": [newest]})
        again = await _post(researcher, f"{herd.id}/merge", {"other_id": other["id"]})

    assert [event["id"] for event in other["events"]] == [newest]
    assert other["heading_deg"] is None  # seen at one place only
    assert other["first_seen_at"] == known["last_seen_at"]
    assert again["events"] == known["events"]
    assert again["path"] == known["path"]
    assert [row.id for row in await walking.rows(Herd)] == [herd.id]
    assert {row.herd_id for row in await walking.rows(Alert)} == {herd.id}
    kinds = [(row.kind, row.herd_id, row.event_ids) for row in await walking.rows(HerdCorrection)]
    assert kinds == [("split", herd.id, [newest]), ("merged", herd.id, [newest])]


async def test_after_a_split_each_herd_has_its_own_alert_and_sightings_follow_it(
    walking: World, shell: Shell
) -> None:
    (herd,) = await walking.rows(Herd)
    async with shell.signed_in(Role.RESEARCHER) as researcher:
        known = (await researcher.get(f"{API}/herds/{herd.id}")).json()
        newest = known["events"][-1]["id"]
        other = await _post(researcher, f"{herd.id}/split", {"event_ids": [newest]})

    (alert,) = await walking.rows(Alert)
    assert (alert.herd_id, alert.visit) == (other["id"], 1)
    await walking.tell(walking.ridge, a_message(captured_at=DUSK + 20 * MINUTE))
    assert len(await walking.rows(Herd)) == 2
    assert (await walking.the_alert()).captured_at == DUSK + 20 * MINUTE


async def test_two_herds_that_are_merged_number_their_alerts_in_their_order(
    world: World, shell: Shell
) -> None:
    await world.tell(world.ridge, a_message())
    await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(hours=5)))
    first, second = sorted(row.id for row in await world.rows(Herd))

    async with shell.signed_in(Role.RESEARCHER) as researcher:
        await _post(researcher, f"{second}/merge", {"other_id": first})

    alerts = sorted(await world.rows(Alert), key=lambda row: row.raised_at)
    assert [(row.herd_id, row.visit) for row in alerts] == [(second, 1), (second, 2)]


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("1/merge", {"other_id": 1}, 422, "with itself"),
        ("1/merge", {"other_id": 99}, 404, "no such herd"),
        ("1/merge", {"other_id": 2}, 409, "drill"),
        ("1/split", {"event_ids": [99]}, 422, "event 99"),
        ("1/split", {"event_ids": [1]}, 422, "not all"),
        ("1/split", {"event_ids": []}, 422, "at least 1"),
    ],
)
async def test_a_correction_that_makes_no_sense_says_why(
    world: World, path: str, body: Any, status: int, sentence: str, tmp_path: Any
) -> None:
    from tests.api.shell import a_shell

    await world.tell(world.ridge, a_message())
    await world.tell(world.yard, a_message(simulated=True, deployment_id="yard-1"))
    async with a_shell(world.database, tmp_path).signed_in(Role.RESEARCHER) as researcher:
        answer = await researcher.post(f"{API}/herds/{path}", json=body)

    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text


async def test_a_herd_that_comes_straight_here_is_a_watch_from_beyond_the_ring(
    world: World,
) -> None:
    hamlet = Geofence(
        site_id="valley", name="Hamlet", area=square(-1200, 0), buffer_m=200, watch_m=1200
    )
    await world.add(hamlet)
    await world.tell(world.far, a_message(deployment_id="far-1"))

    await world.tell(world.ridge, a_message(captured_at=DUSK + 15 * MINUTE))

    levels = {row.geofence_id: row.level for row in await world.rows(Alert)}
    assert levels[hamlet.id] == "watch"  # 1,600 m away, outside of its 1,200 m


async def _herds(shell: Shell, role: Role) -> list[dict[str, Any]]:
    async with shell.signed_in(role) as person:
        answer = await person.get(f"{API}/herds")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["herds"])


async def _post(person: httpx.AsyncClient, path: str, body: Any) -> dict[str, Any]:
    answer = await person.post(f"{API}/herds/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
