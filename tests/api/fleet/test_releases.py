"""From a release folder to a signed offer, and its files to whoever fetches them."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import app
from api.database import Database
from api.errors import InvalidError
from api.fleet.command import Publication, offer
from api.fleet.onnx_facts import NotAnOnnxFileError, opset_of
from api.fleet.releases import describe, new_release_key
from api.fleet.tables import ReleaseOffer
from api.settings import ServerSettings
from edge_agent.contracts.messages import body_sha256
from edge_agent.contracts.updates import UpdateOffer, read_manifest
from tests.api.shell import Shell, a_shell
from tests.api.world import World

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# The smallest beginning of an ONNX file: an IR version, and the opset of the standard operators.
NETWORK = bytes([0x08, 8, 0x42, 2, 0x10, 17]) + bytes([0x3A, 3]) + b"abc"


def a_release(folder: Path, name: str = "elephant-0.2") -> Path:
    folder.mkdir()
    (folder / "elephant.onnx").write_bytes(NETWORK)
    (folder / "elephant.pt").write_bytes(b"nobody in the forest needs this")
    (folder / "model.toml").write_text(
        f"""name = "{name}"
created = 2026-11-22
licence = "AGPL-3.0-or-later"
[network]
file = "elephant.onnx"
sha256 = "{body_sha256(NETWORK)}"
bytes = {len(NETWORK)}
input_size_px = 640
output = "yolo"
"""
    )
    return folder


def test_a_key_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "release.key"

    public = new_release_key(path)

    assert len(bytes.fromhex(public)) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(InvalidError, match="exists already"):
        new_release_key(path)


def test_a_manifest_names_what_a_station_needs_and_no_more(tmp_path: Path) -> None:
    manifest = describe(a_release(tmp_path / "r"), NOW)

    assert [file.name for file in manifest.files] == ["elephant.onnx", "model.toml"]
    assert (manifest.needs.opset, manifest.needs.input_size_px) == (17, 640)
    assert read_manifest(manifest.canonical()) == manifest


def test_a_network_that_is_not_the_described_one_is_never_signed(tmp_path: Path) -> None:
    folder = a_release(tmp_path / "r")
    (folder / "elephant.onnx").write_bytes(NETWORK + b"!")

    with pytest.raises(InvalidError, match=r"is not the file that model\.toml names"):
        describe(folder, NOW)


def test_the_first_release_s_opset_is_read_without_a_runtime() -> None:
    first = Path(__file__).parents[3] / "models/elephant-0.1/elephant.onnx"

    assert 11 <= opset_of(first.read_bytes()) <= 30


@given(st.binary(max_size=200))
def test_bytes_that_are_no_network_are_refused_in_words(data: bytes) -> None:
    try:
        assert opset_of(data) >= 0
    except NotAnOnnxFileError as error:
        assert str(error)  # noqa: PT017 (either is right; anything else is a bug)


async def test_a_published_release_can_be_fetched_in_parts_and_its_signature_holds(
    sqlite_database: Database, tmp_path: Path
) -> None:
    world = await World.build(sqlite_database)
    shell: Shell = a_shell(sqlite_database, tmp_path)
    settings = ServerSettings(
        data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{tmp_path / 'other.db'}"
    )
    public = new_release_key(tmp_path / "release.key")
    await prepare(settings)
    publication = Publication(
        a_release(tmp_path / "r"), tmp_path / "release.key", "valley", (), False, (), None
    )

    names = await offer(settings, publication)
    (offered,) = await the_offers(settings)
    digest = offered.digest
    async with shell.browser() as station:
        url = f"/api/v1/releases/{digest}/elephant.onnx"
        whole = await station.get(url)
        rest = await station.get(url, headers={"Range": "bytes=4-"})
        for bad in (f"{digest}/elephant.pt", f"{digest}/..%2F..%2Frelease.key", "aa/model.toml"):
            assert (await station.get(f"/api/v1/releases/{bad}")).status_code == 404

    assert names == ["ridge"]
    assert whole.content == NETWORK
    assert (rest.status_code, rest.content) == (206, NETWORK[4:])
    assert rest.headers["content-range"] == f"bytes 4-{len(NETWORK) - 1}/{len(NETWORK)}"
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    key.verify(bytes.fromhex(offered.signature), offered.signed_bytes)
    assert offered.url == f"http://127.0.0.1:8000/api/v1/releases/{digest}"
    assert world.ridge.name_id == "ridge"


async def prepare(settings: ServerSettings) -> None:
    from api import administration

    place = administration.Place(21.97, 100.86)
    await administration.add_site(settings, "valley", "Valley", place, "UTC")
    await administration.add_station(
        settings, administration.NewStation("valley", "ridge", "Ridge", place, False)
    )


async def the_offers(settings: ServerSettings) -> list[UpdateOffer]:
    from sqlalchemy import select

    from api.server import opened_database

    async with opened_database(settings) as database, database.reading() as session:
        rows = await session.scalars(select(ReleaseOffer))
        return [UpdateOffer.model_validate(row.offer) for row in rows]


def test_a_station_is_tuned_on_the_command_line(tmp_path: Path) -> None:
    import asyncio

    data_dir = tmp_path / "data"
    asyncio.run(prepare(ServerSettings(data_dir=data_dir)))
    wish = tmp_path / "wish.toml"
    wish.write_text("[thresholds]\nnight_ir = 0.7\n")
    command = ["station", "config", "ridge", "--site", "valley", "--data-dir", str(data_dir)]

    told = CliRunner().invoke(app, [*command, "--set", str(wish), "--note", "moths"])
    wish.write_text("[thresholds]\nnight_ir = 7\n")
    refused = CliRunner().invoke(app, [*command, "--set", str(wish)])
    shown = json.loads(CliRunner().invoke(app, command).stdout)

    assert json.loads(told.stdout)["desired"]["settings"] == {"thresholds": {"night_ir": 0.7}}
    assert (refused.exit_code, shown["desired"]["version"]) == (1, 1)
