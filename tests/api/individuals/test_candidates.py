"""In which order to look through the catalogue: a real network, beside a real server."""

from pathlib import Path
from typing import Any

import httpx

from api.individuals.candidates import surest_box
from api.individuals.tables import Individual, ReferencePicture
from api.tables import Detection, Role
from edge_agent.contracts.messages import body_sha256
from tests.api.shell import Shell
from tests.api.world import DUSK, World, a_message, seen

DRILL = Path(__file__).parents[3] / "datasets" / "drill"
HERE = "/api/v1/individuals/candidates"
BOX = [0.3, 0.3, 0.4, 0.4]


async def test_the_likest_comes_first_and_the_same_minute_does_not_count(
    world: World, shell: Shell
) -> None:
    shown = await _frame(world, shell, "person-night/00.jpg", hour=0)
    alike = await _frame(world, shell, "person-night/01.jpg", hour=3)
    other = await _frame(world, shell, "person-day/00.jpg", hour=6)
    for name, frame in (("Other", other), ("Alike", alike), ("Itself", shown)):
        known = {"sex": "female", "life_stage": "adult", "added_at": DUSK}
        one = Individual(site_id="valley", name=name, **known)
        await world.add(one)
        await world.add(
            ReferencePicture(individual_id=one.id, detection_id=frame, box=BOX, added_at=DUSK)
        )
    async with shell.signed_in(Role.RESEARCHER) as client:
        answer = await client.get(HERE, params={"detection_id": shown})
        names = {one["id"]: one["name"] for one in await _catalogue(client)}

    found = answer.json()
    assert [names[one["individual_id"]] for one in found["candidates"]] == ["Alike", "Other"]
    first, second = (one["likeness"] for one in found["candidates"])
    assert 1 > first > second
    assert found["release"].startswith("elephant-")


async def test_a_frame_without_a_picture_says_so(world: World, shell: Shell) -> None:
    await world.tell(world.ridge, a_message())
    (frame,) = await world.rows(Detection)
    async with shell.signed_in(Role.RESEARCHER) as client:
        bare = await client.get(HERE, params={"detection_id": frame.id})
        unknown = await client.get(HERE, params={"detection_id": "nobody"})

    assert (bare.status_code, unknown.status_code) == (404, 404)
    assert "no picture" in bare.json()["message"]


async def test_while_somebody_compares_another_is_asked_to_come_back(
    world: World, shell: Shell
) -> None:
    shown = await _frame(world, shell, "person-night/00.jpg", hour=0)
    async with shell.signed_in(Role.RESEARCHER) as client, shell.parts.comparing:
        answer = await client.get(HERE, params={"detection_id": shown})

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "5"


def test_the_surest_elephant_is_meant() -> None:
    deer, far, near = seen("animal"), seen(), seen() | {"confidence": 0.99, "box": BOX}

    assert surest_box([deer | {"confidence": 1.0}, far, near]) == BOX
    assert surest_box([deer]) is None


async def _frame(world: World, shell: Shell, name: str, *, hour: int) -> str:
    """A frame of an event of its own that shows a drill's picture; return its id."""
    picture = (DRILL / name).read_bytes()
    shell.parts.media.keep(body_sha256(picture), picture)
    message = a_message(
        captured_at=DUSK.replace(hour=hour),
        media_sha256=body_sha256(picture),
        animals=[seen() | {"box": BOX}],
    )
    await world.tell(world.ridge, message)
    return str(message.id)


async def _catalogue(client: httpx.AsyncClient) -> Any:
    return (await client.get("/api/v1/individuals")).json()["individuals"]
