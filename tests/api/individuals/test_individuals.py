from api.review.rules import Decision
from api.tables import Detection, Event, Role, Site
from tests.api.exports import night
from tests.api.shell import Shell
from tests.api.world import World, a_message

HERE = "/api/v1/individuals"


async def test_one_is_added_seen_and_known_by_its_picture(world: World, shell: Shell) -> None:
    li = await night.a_reader(world)
    await world.tell(world.ridge, a_message())
    (event,), (frame,) = await world.rows(Event), await world.rows(Detection)
    async with shell.signed_in(Role.RESEARCHER) as client:
        added = (await client.post(HERE, json={"name": "Old Moon", "digit": 3})).json()
        box = {"box": [0.1, 0.2, 0.3, 0.4], "note": "torn left ear"}
        address = f"{HERE}/{added['id']}/pictures/{frame.id}"
        assert (await client.put(address, json=box)).status_code == 204
        await night.say(world, li, event.id, Decision.ELEPHANT, individuals=[added["id"]])
        detail = (await client.get(f"{HERE}/{added['id']}")).json()
        await client.delete(address)
        (bare,) = (await client.get(HERE)).json()["individuals"]

    assert detail["individual"]["events"] == 1
    assert detail["individual"]["pictures"][0]["note"] == "torn left ear"
    assert [one["event_id"] for one in detail["sightings"]] == [event.id]
    assert (bare["pictures"], bare["events"]) == ([], 1)


async def test_a_digit_and_a_name_are_one_animals(world: World, shell: Shell) -> None:
    async with shell.signed_in(Role.RESEARCHER) as client:
        for name in ("Old Moon", "Tusk"):
            await client.post(HERE, json={"name": name, "digit": 1})
        twice = await client.post(HERE, json={"name": "Tusk"})
        listed = (await client.get(HERE)).json()["individuals"]

    assert twice.status_code == 409
    assert [(one["name"], one["digit"]) for one in listed] == [("Tusk", 1), ("Old Moon", None)]


async def test_another_sites_animals_are_not_there(world: World, shell: Shell) -> None:
    await world.add(Site(id="hills", name="Hills", latitude=20, longitude=100))
    async with shell.signed_in(Role.RESEARCHER) as client:
        added = (await client.post(HERE, json={"name": "Old Moon"})).json()
    async with shell.signed_in(Role.ADMINISTRATOR, "hills") as stranger:
        answers = [
            await stranger.get(f"{HERE}/{added['id']}"),
            await stranger.put(f"{HERE}/{added['id']}", json={"name": "Mine"}),
        ]
        listed = (await stranger.get(HERE)).json()["individuals"]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert listed == []
