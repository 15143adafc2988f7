import pytest

from api.tables import Geofence, Person, Role, Site
from tests.api.shell import Shell
from tests.api.world import DUSK, World, square

CHAIN = "/api/v1/escalation"


async def test_a_chain_comes_back_as_it_was_said_the_soonest_first(
    shell: Shell, world: World
) -> None:
    late = {"after_s": 300, "from_level": "danger", "person_ids": [world.ranger.id]}
    soon = {"after_s": 60, "role": "ranger", "channels": ["voice"], "geofence_id": 1}
    async with shell.signed_in(Role.ADMINISTRATOR) as browser:
        before = (await browser.get(CHAIN)).json()
        said = await browser.put(CHAIN, json={"steps": [late, soon]})
        again = await browser.put(CHAIN, json={"steps": [soon]})

    assert before == {"steps": []}
    assert [step["after_s"] for step in said.json()["steps"]] == [60, 300]
    assert said.json()["steps"][0] == soon | {"from_level": "warning", "person_ids": []}
    assert len(again.json()["steps"]) == 1


async def test_a_chain_names_nothing_of_another_site(shell: Shell, world: World) -> None:
    await world.add(Site(id="hills", name="Hills", latitude=20, longitude=100))
    stranger = Person(site_id="hills", name="Yu", role=Role.RANGER, joined_at=DUSK)
    fence = Geofence(site_id="hills", name="Hut", area=square(0, 0), buffer_m=1, watch_m=1)
    await world.add(stranger, fence)
    async with shell.signed_in(Role.ADMINISTRATOR) as browser:
        person = {"after_s": 60, "person_ids": [stranger.id]}
        place = {"after_s": 60, "role": "ranger", "geofence_id": fence.id}
        refused = [
            (await browser.put(CHAIN, json={"steps": [step]})).status_code
            for step in (person, place)
        ]
        assert (await browser.get(CHAIN)).json() == {"steps": []}

    assert refused == [422, 422]


@pytest.mark.parametrize(
    "step",
    [
        {"after_s": 60},
        {"after_s": 9, "role": "ranger"},
        {"after_s": 60, "role": "king"},
        {"after_s": 60, "role": "ranger", "channels": ["pigeon"]},
        {"after_s": 60, "role": "ranger", "from_level": "all_clear"},
    ],
)
async def test_a_step_that_reaches_nobody_is_refused(step: dict[str, object], shell: Shell) -> None:
    async with shell.signed_in(Role.ADMINISTRATOR) as browser:
        assert (await browser.put(CHAIN, json={"steps": [step]})).status_code == 422
