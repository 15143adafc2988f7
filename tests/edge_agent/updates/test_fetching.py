import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.contracts.updates import Manifest
from edge_agent.updates.fetching import Fetcher, check_url
from edge_agent.updates.refusal import RefusedError, TryAgainError
from tests.edge_agent.updates import networks
from tests.edge_agent.updates.networks import write_release
from tests.edge_agent.updates.release_server import ReleaseServer, manifest_of

NETWORK = "tiny.onnx"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReleaseServer]:
    write_release(tmp_path / "published", networks.bright())
    server = ReleaseServer(tmp_path / "published")
    yield server
    server.close()


@pytest.fixture
def manifest(server: ReleaseServer) -> Manifest:
    return manifest_of(server.folder)


def same(folder: Path, server: ReleaseServer) -> bool:
    return all(
        (folder / path.name).read_bytes() == path.read_bytes() for path in server.folder.iterdir()
    )


def test_a_download_that_breaks_off_goes_on_where_it_was(
    tmp_path: Path, server: ReleaseServer, manifest: Manifest
) -> None:
    server.cut_after = [10_000, 300, 200]  # model.toml is whole in the first answer
    for _ in range(2):
        with pytest.raises(TryAgainError, match="broke off after"):
            Fetcher().fetch(manifest, server.url, tmp_path / "here")

    Fetcher().fetch(manifest, server.url, tmp_path / "here")

    assert same(tmp_path / "here", server)
    assert server.sent_bytes[NETWORK] == (server.folder / NETWORK).stat().st_size


def test_what_is_there_is_not_fetched_again(
    tmp_path: Path, server: ReleaseServer, manifest: Manifest
) -> None:
    Fetcher().fetch(manifest, server.url, tmp_path)
    asked = len(server.asked)

    Fetcher().fetch(manifest, server.url, tmp_path)

    assert len(server.asked) == asked


def test_a_file_that_the_disk_has_spoilt_since_is_fetched_again(
    tmp_path: Path, server: ReleaseServer, manifest: Manifest
) -> None:
    Fetcher().fetch(manifest, server.url, tmp_path)
    data = bytearray((tmp_path / NETWORK).read_bytes())
    data[7] ^= 1
    (tmp_path / NETWORK).write_bytes(data)

    Fetcher().fetch(manifest, server.url, tmp_path)

    assert same(tmp_path, server)


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, RefusedError), (302, RefusedError), (503, TryAgainError), (429, TryAgainError)],
)
def test_a_server_that_is_busy_is_asked_again_and_one_that_has_nothing_is_not(
    tmp_path: Path,
    server: ReleaseServer,
    manifest: Manifest,
    status: int,
    error: type[Exception],
) -> None:
    server.status = [status]

    with pytest.raises(error, match=f"the server answers {status}"):
        Fetcher().fetch(manifest, server.url, tmp_path)


def test_a_server_that_is_not_there_is_asked_again(
    tmp_path: Path, server: ReleaseServer, manifest: Manifest
) -> None:
    server.close()

    with pytest.raises(TryAgainError, match="cannot be fetched"):
        Fetcher().fetch(manifest, server.url, tmp_path)


def test_a_disk_without_room_is_spared(
    tmp_path: Path,
    server: ReleaseServer,
    manifest: Manifest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 (as shutil gives it)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 200_000_000))

    with pytest.raises(RefusedError, match=r"the disk has 0\.0 to spare"):
        Fetcher(keep_free_bytes=200_000_000).fetch(manifest, server.url, tmp_path)

    assert server.asked == []


@pytest.mark.parametrize(
    "url",
    ["http://server.example/r", "http://10.0.0.1/r", "ftp://127.0.0.1/r", "file:///etc", "//x", ""],
)
def test_nothing_comes_in_the_clear_from_another_machine(url: str) -> None:
    with pytest.raises(RefusedError, match="releases come over HTTPS alone"):
        check_url(url)


@pytest.mark.parametrize("url", ["https://server.example/r", "http://127.0.0.1:8000/r"])
def test_https_and_this_very_machine_are_good(url: str) -> None:
    check_url(url)
