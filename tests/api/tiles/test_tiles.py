from pathlib import Path

from api.dependencies import API
from api.tables import Role, Site
from tests.api.shell import Shell
from tests.api.world import World

CONTENT = b"PMTiles\x03" + bytes(range(256)) * 40


def put_tiles(folder: Path, content: bytes) -> None:
    (folder / "tiles").mkdir(exist_ok=True)
    (folder / "tiles" / "valley.pmtiles").write_bytes(content)


async def test_a_phone_whose_link_broke_fetches_the_rest(shell: Shell) -> None:
    put_tiles(shell.parts.settings.data_dir, CONTENT)
    async with shell.signed_in(Role.VILLAGER) as villager:
        offered = (await villager.get(f"{API}/map")).json()["tiles"]
        rest = await villager.get(offered["url"], headers={"Range": "bytes=1000-"})

    assert offered["size_bytes"] == len(CONTENT)
    assert offered["datum"] == "wgs84"
    assert (rest.status_code, rest.content) == (206, CONTENT[1000:])
    assert "content-encoding" not in rest.headers


async def test_what_is_no_tiles_file_is_not_offered(shell: Shell) -> None:
    put_tiles(shell.parts.settings.data_dir, b"<html>")
    async with shell.signed_in(Role.VILLAGER) as villager:
        assert (await villager.get(f"{API}/map")).json()["tiles"] is None


async def test_another_site_s_tiles_are_not_there(shell: Shell, world: World) -> None:
    put_tiles(shell.parts.settings.data_dir, CONTENT)
    await world.add(Site(id="hills", name="Hills", latitude=20, longitude=100))
    async with shell.signed_in(Role.VILLAGER) as local:
        url = (await local.get(f"{API}/map")).json()["tiles"]["url"]
    async with shell.signed_in(Role.ADMINISTRATOR, "hills") as stranger:
        assert (await stranger.get(url)).status_code == 404
        assert (await stranger.get(f"{API}/map")).json()["tiles"] is None
