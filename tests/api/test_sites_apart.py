import pytest

from api.events.rules import Timings
from api.inbox import Inbox
from api.tables import Quarantined, Role, Site, Station
from edge_agent.contracts.messages import body_sha256
from tests.api.shell import PICTURE, Shell, picture_said
from tests.api.world import DUSK, World, a_message


@pytest.fixture
async def neighbours(world: World) -> World:
    """The valley has seen elephants and more; the hills have nothing."""
    hills = Site(id="hills", name="Hills", latitude=20, longitude=100)
    await world.add(hills)
    await world.tell(world.ridge, a_message())
    kept = Quarantined(
        received_at=DUSK,
        topic="trunkline/v1/valley/ridge/x",
        reason_code="forged",
        reason="",
        size_bytes=1,
        payload=b"x",
        site_id="valley",
    )
    await world.add(kept)
    return world


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/api/v1/alerts", "alerts"),
        ("/api/v1/detections", "detections"),
        ("/api/v1/stations", "stations"),
        ("/api/v1/quarantine", "items"),
    ],
)
async def test_nobody_sees_another_site(
    path: str, key: str, neighbours: World, shell: Shell
) -> None:
    async with shell.signed_in(Role.OPERATOR, "hills") as stranger:
        assert (await stranger.get(path)).json()[key] == []
    async with shell.signed_in(Role.OPERATOR, "valley") as local:
        assert (await local.get(path)).json()[key] != []


async def test_a_picture_of_another_site_does_not_exist(neighbours: World, shell: Shell) -> None:
    async with neighbours.database.transaction() as session:
        picture = picture_said(neighbours.ridge, PICTURE)
        await Inbox(shell.parts.media, Timings()).take(session, [picture], DUSK)
    url = f"/api/v1/media/{body_sha256(PICTURE)}"
    async with shell.signed_in(Role.ADMINISTRATOR, "hills") as stranger:
        assert (await stranger.get(url)).status_code == 404
    async with shell.signed_in(Role.VILLAGER, "valley") as local:
        shown = await local.get(url)
    async with shell.browser() as nobody:
        assert (await nobody.get(url)).status_code == 401

    assert (shown.content, shown.headers["content-type"]) == (PICTURE, "image/jpeg")
    assert "immutable" in shown.headers["cache-control"]


async def test_the_same_name_at_two_sites_is_two_stations(world: World, shell: Shell) -> None:
    await world.add(Site(id="hills", name="Hills", latitude=20, longitude=100))
    twin = Station(
        site_id="hills",
        name_id="ridge",
        name="Other ridge",
        key=b"o" * 32,
        latitude=20,
        longitude=100,
        enrolled_at=DUSK,
    )
    await world.add(twin)
    async with shell.signed_in(Role.RANGER, "hills") as ranger:
        answer = (await ranger.get("/api/v1/stations")).json()

    assert [station["name"] for station in answer["stations"]] == ["Other ridge"]


@pytest.mark.parametrize(
    ("path", "lowest"),
    [
        ("/api/v1/me", Role.VILLAGER),
        ("/api/v1/stations", Role.RANGER),
        ("/api/v1/detections", Role.RANGER),
        ("/api/v1/quarantine", Role.OPERATOR),
    ],
)
async def test_each_page_is_for_its_role_and_above(path: str, lowest: Role, shell: Shell) -> None:
    roles = list(Role)
    for role in roles:
        async with shell.signed_in(role) as browser:
            status = (await browser.get(path)).status_code
        assert status == (200 if roles.index(role) >= roles.index(lowest) else 403), role
