from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.review.rules import Decision
from api.tables import Event, Role
from tests.api.exports import night
from tests.api.shell import Shell
from tests.api.world import DUSK, World, a_message

FINDINGS = "/api/v1/findings"


async def seen_at(world: World, *hours: float, **others: Any) -> None:
    for hour in hours:
        await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(hours=hour), **others))


async def ask(client: httpx.AsyncClient, name: str, **wish: str) -> Any:
    wanted = {"until": (DUSK + timedelta(days=30)).isoformat()} | wish
    answer = await client.get(f"{FINDINGS}/{name}", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_a_reader_rejected_is_no_activity(world: World, shell: Shell) -> None:
    li = await night.a_reader(world)
    await seen_at(world, 0, 2, 4)
    await seen_at(world, 6, simulated=True)
    events = [row.id for row in await world.rows(Event)]
    await night.say(world, li, events[0], Decision.ELEPHANT)
    await night.say(world, li, events[1], Decision.NOTHING)

    async with shell.signed_in(Role.RESEARCHER) as client:
        all_of_them = await ask(client, "activity")
        reviewed = await ask(client, "activity", reviewed_only="true")
        with_drills = await ask(client, "activity", drills="true")

    counts = [found["events"] for found in (all_of_them, reviewed, with_drills)]
    assert counts == [2, 1, 3]
    assert [hour for hour, events in enumerate(all_of_them["hours"]) if events] == [11, 15]


async def test_weeks_and_history_count_per_camera(world: World, shell: Shell) -> None:
    await seen_at(world, 0, 1, 24 * 8)
    await world.tell(world.far, a_message(captured_at=DUSK + timedelta(days=9)))

    async with shell.signed_in(Role.RESEARCHER) as client:
        weeks = await ask(client, "weeks")
        found = await ask(client, "history", occasion_days="1")

    ridge = next(one for one in weeks["cameras"] if one["camera"].startswith("ridge"))
    assert sum(ridge["counts"]) == 3
    assert len(weeks["weeks"]) == 3  # DUSK is a Sunday
    assert {date.fromisoformat(week).weekday() for week in weeks["weeks"]} == {0}
    seen = {one["camera"].partition(":")[0]: one["seen"] for one in found["cameras"]}
    assert seen["ridge"][:9] == [1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert seen["far"][:10] == [None] * 9 + [1]


async def test_each_finding_is_a_table_too(world: World, shell: Shell, tmp_path: Path) -> None:
    await seen_at(world, 0)
    await world.tell(world.yard, a_message(captured_at=DUSK + timedelta(minutes=25)))

    async with shell.signed_in(Role.RESEARCHER) as client:
        tables = {}
        for name in ("activity", "weeks", "history", "paths"):
            until = (DUSK + timedelta(days=8)).isoformat()
            answer = await client.get(f"{FINDINGS}/{name}/table", params={"until": until})
            assert answer.headers["content-type"].startswith("text/csv")
            tables[name] = answer.text.splitlines()

    assert len(tables["activity"]) == 25
    assert tables["weeks"][0] == "camera,week,events"
    assert tables["paths"][0] == "herd,at,latitude,longitude,station"
    assert len(tables["paths"]) == 3


@pytest.mark.parametrize(
    "wish", [{"until": "2020-01-01T00:00:00Z", "since": "2026-01-01T00:00:00Z"}]
)
async def test_a_time_that_runs_backwards_is_refused(wish: dict[str, str], shell: Shell) -> None:
    async with shell.signed_in(Role.RESEARCHER) as client:
        assert (await client.get(f"{FINDINGS}/activity", params=wish)).status_code == 422


@pytest.mark.parametrize("year", ["1", "1901", "2038", "2818", "9999"])
async def test_whatever_year_is_asked_for_has_an_answer(year: str, shell: Shell) -> None:
    """Two thousand million seconds after 1970 an INTEGER ends."""
    wish = {"since": f"{year:0>4}-01-02T00:00:00Z", "until": f"{year:0>4}-12-21T00:00:00Z"}
    async with shell.signed_in(Role.RESEARCHER) as client:
        for name in ("activity", "weeks", "history", "paths"):
            answer = await client.get(f"{FINDINGS}/{name}", params=wish)
            assert answer.status_code in {200, 422}, f"{name} {year}: {answer.text}"
