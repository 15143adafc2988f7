"""Signed releases from a browser: only what a known key signed reaches a station, whole."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.audit.tables import AuditEntry
from api.dependencies import Parts
from api.errors import InvalidError
from api.fleet.releases import describe, signed
from api.fleet.store import newest_offers
from api.fleet.tables import ReleaseOffer
from api.fleet.uploads import pack, unpack
from api.tables import Role
from tests.api.fleet.test_releases import NETWORK, a_release
from tests.api.shell import Shell
from tests.api.world import World

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
RELEASES = "/api/v1/fleet/releases"
ZIP = {"Content-Type": "application/zip"}


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def packed(folder: Path, key: Ed25519PrivateKey = KEY) -> bytes:
    release = a_release(folder / "r")
    pack(release, signed(describe(release, NOW), key, ""), folder / "r.zip")
    return (folder / "r.zip").read_bytes()


def with_file(archive: bytes, name: str, data: bytes | None) -> bytes:
    """The same archive with one file otherwise, or without it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        if data is not None:
            new.writestr(name, data)
    return out.getvalue()


@pytest.fixture
def knowing(shell: Shell) -> Shell:
    """The server knows the release key."""
    known = shell.parts.settings.model_copy(update={"release_keys": (public(KEY),)})
    names = Parts.__dataclass_fields__
    parts = {name: getattr(shell.parts, name) for name in names} | {"settings": known}
    return Shell(Parts(**parts), shell.clock)


async def put(client: httpx.AsyncClient, data: bytes, station: str = "ridge") -> httpx.Response:
    address = f"{RELEASES}?station_id={station}"
    return await client.put(address, content=data, headers=ZIP)


async def test_an_upload_is_offered_to_its_canary_fetched_and_withdrawn(
    knowing: Shell, world: World, tmp_path: Path
) -> None:
    archive = packed(tmp_path)
    async with knowing.signed_in(Role.OPERATOR) as operator:
        taken = await put(operator, archive)
        again = await put(operator, archive)
        digest = taken.json()[0]["digest"]
        network = await operator.get(f"/api/v1/releases/{digest}/elephant.onnx")
        withdrawn = await operator.delete(f"{RELEASES}/{digest}/offers")
        twice = await operator.delete(f"{RELEASES}/{digest}/offers")
        more = await operator.post(f"{RELEASES}/{digest}/offers", json={"station_ids": ["far"]})

    assert (taken.status_code, again.status_code) == (201, 201)
    assert [one["station_id"] for one in taken.json()[0]["offers"]] == ["ridge"]
    assert network.content == NETWORK
    assert [one["withdrawn"] for one in withdrawn.json()[0]["offers"]] == [True]
    assert (twice.status_code, more.status_code) == (409, 409)
    async with world.database.reading() as session:
        ((row, station),) = await newest_offers(session, only_untold=True)
    assert station.name_id == "ridge"
    assert (row.offer["withdrawn"], row.offer["signature"]) == (True, "0" * 128)
    noted = [entry.action for entry in await world.rows(AuditEntry)]
    assert noted == ["release.upload", "release.withdraw"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("another key", "bad_signature"),
        ("another network", "bad_checksum"),
        ("a network that goes on", "bad_checksum"),
        ("no network", "bad_checksum"),
        ("no offer", "no_release"),
        ("half of it", "no_release"),
    ],
)
async def test_what_was_not_signed_as_it_is_reaches_nobody(
    how: str, code: str, knowing: Shell, world: World, tmp_path: Path
) -> None:
    good = packed(tmp_path, OTHER if how == "another key" else KEY)
    bad = {
        "another key": good,
        "another network": with_file(good, "elephant.onnx", b"!" * len(NETWORK)),
        "a network that goes on": with_file(good, "elephant.onnx", NETWORK + bytes(10_000_000)),
        "no network": with_file(good, "elephant.onnx", None),
        "no offer": with_file(good, "offer.json", None),
        "half of it": good[: len(good) // 2],
    }[how]
    async with knowing.signed_in(Role.OPERATOR) as operator:
        refused = await put(operator, bad)

    assert (refused.status_code, refused.json()["error"]) == (422, code)
    assert await world.rows(ReleaseOffer) == []
    assert list(knowing.parts.settings.releases_folder.iterdir()) == []


async def test_a_server_without_a_key_says_how_to_give_it_one(shell: Shell, tmp_path: Path) -> None:
    async with shell.signed_in(Role.OPERATOR) as operator:
        refused = await put(operator, packed(tmp_path))
        nowhere = await put(operator, b"PK", station="moon")

    assert refused.status_code == 409
    assert "TRUNKLINE_RELEASE_KEYS" in refused.json()["message"]
    assert nowhere.status_code == 404


@pytest.mark.parametrize("flipped", [0x01, 0x40, 0x80, 0xFF])
def test_an_archive_that_leads_before_its_own_beginning_is_no_release(
    flipped: int, tmp_path: Path
) -> None:
    """Its last word but one says where its list of files lies."""
    packed(tmp_path)
    bad = bytearray((tmp_path / "r.zip").read_bytes())
    bad[-3] ^= flipped
    (tmp_path / "bad.zip").write_bytes(bad)

    with pytest.raises(InvalidError, match="no packed release"):
        unpack(tmp_path / "bad.zip", [public(KEY)], tmp_path / "shelf", "http://s")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_archive_that_was_tampered_with_leaves_a_trace(
    data: st.DataObject, tmp_path: Path
) -> None:
    if not (tmp_path / "r.zip").exists():
        packed(tmp_path)
    whole = (tmp_path / "r.zip").read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    bad = (
        whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
    )
    (tmp_path / "bad.zip").write_bytes(bad)
    shelf = tmp_path / "shelf"
    shelf.mkdir(exist_ok=True)

    try:
        offer, manifest = unpack(tmp_path / "bad.zip", [public(KEY)], shelf, "http://s")
    except InvalidError:
        assert list(shelf.iterdir()) == []
        return
    # A bit that means nothing to the reader (a date, say) may differ; the files may not.
    assert (shelf / offer.digest / "elephant.onnx").read_bytes() == NETWORK
    assert manifest.name == "elephant-0.2"
    for path in (shelf / offer.digest).iterdir():
        path.unlink()
    (shelf / offer.digest).rmdir()
