import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from api import migrations
from edge_agent.contracts.messages import DetectionMessage
from edge_agent.contracts.seal import broker_password, open_sealed, seal
from edge_agent.contracts.topics import DETECTIONS, STORED
from tests.api.radio import radio, wait_until
from tests.api.world import a_message
from tests.brokers import free_port

PLACE = ["--latitude", "21.97", "--longitude", "100.86"]
Command = Callable[..., "subprocess.CompletedProcess[str]"]
VILLAGE = {
    "type": "Feature",
    "properties": {"name": "Guanping", "kind": "village", "buffer_m": 500, "watch_m": 1500},
    "geometry": {
        "type": "Polygon",
        "coordinates": [
            [
                [100.86, 21.97],
                [100.861, 21.97],
                [100.861, 21.971],
                [100.86, 21.971],
                [100.86, 21.97],
            ]
        ],
    },
}


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """`trunkline-server` with a data folder of its own."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            _command(*arguments),
            env=_environment(tmp_path, environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from api.cli import app; app()", *arguments]


def _environment(folder: Path, more: dict[str, str]) -> dict[str, str]:
    ours = {"TRUNKLINE_DATA_DIR": str(folder / "server")}
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TRUNKLINE_")}
    return kept | ours | more


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, int]]:
    """A server process that answers; it is stopped at the end, and must stop in peace."""
    port, broker_port = free_port(), free_port()
    ports = {"TRUNKLINE_PORT": str(port), "TRUNKLINE_BROKER_PORT": str(broker_port)}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            _command("serve"), env=_environment(folder, ports), stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 30
        while not _is_well(url):
            assert process.poll() is None, (folder / "server.log").read_text()
            assert time.monotonic() < deadline, (folder / "server.log").read_text()
            time.sleep(0.05)
        yield process, url, broker_port
    finally:
        process.kill()
        process.wait()


def _is_well(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/healthz", timeout=5).json()["ok"])
    except httpx.TransportError:
        return False


def set_up_valley(command: Command, folder: Path) -> bytes:
    """Add site, geofence and station; return the station's key."""
    assert command("site", "add", "valley", *PLACE).returncode == 0
    (folder / "village.geojson").write_text(json.dumps(VILLAGE))
    drawn = command("geofence", "add", str(folder / "village.geojson"), "--site", "valley")
    assert drawn.stdout == "1\tGuanping\n", drawn.stderr
    return enrol(command, "ridge")


def enrol(command: Command, name: str) -> bytes:
    enrolled = command("station", "add", name, "--site", "valley", *PLACE)
    return bytes.fromhex(tomllib.loads(enrolled.stdout)["key"])


def code_for(command: Command, role: str) -> str:
    return command("invite", "--site", "valley", "--role", role).stdout.splitlines()[0]


@pytest.mark.story
def test_a_sighting_goes_from_a_station_to_an_open_browser(
    command: Command, tmp_path: Path
) -> None:
    key = set_up_valley(command, tmp_path)
    code = code_for(command, "ranger")
    with serving(tmp_path) as (process, url, broker_port), httpx.Client(base_url=url) as browser:
        assert browser.post("/api/v1/session", json={"invite_code": code}).status_code == 201
        with browser.stream("GET", "/api/v1/stream", timeout=20) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 3000"
            with radio("127.0.0.1", broker_port, "valley.ridge", broker_password(key)) as station:
                station.subscribe(STORED.of("valley", "ridge"))
                topic = DETECTIONS.of("valley", "ridge")
                station.say(topic, seal(key, topic, _now().to_body()))
                wait_until(lambda: bool(station.heard), "the station has its receipt")
            alert = next(
                line for line in lines if line.startswith('data: {"id":') and "Guan" in line
            )
            process.send_signal(signal.SIGTERM)  # with a stream open
            list(lines)
        assert process.wait(15) == 0

    assert json.loads(alert.removeprefix("data: "))["level"] == "danger"
    open_sealed(key, *station.heard[0])


def _now() -> DetectionMessage:
    return a_message(captured_at=datetime.now(UTC))


@pytest.mark.story
def test_a_station_enrolled_while_the_server_runs_is_let_in(
    command: Command, tmp_path: Path
) -> None:
    set_up_valley(command, tmp_path)
    with serving(tmp_path) as (_, __, broker_port):
        key = enrol(command, "ford")
        with radio("127.0.0.1", broker_port, "valley.ford", broker_password(key)) as station:
            assert station.connected.is_set()


@pytest.mark.story
def test_secrets_survive_a_kill_and_are_nobody_elses_business(
    command: Command, tmp_path: Path
) -> None:
    set_up_valley(command, tmp_path)
    names = ("server.secret", "broker.secret", "vapid.pem")
    with serving(tmp_path):
        first = [(tmp_path / "server" / name).read_bytes() for name in names]
    with serving(tmp_path):
        again = [(tmp_path / "server" / name).read_bytes() for name in names]

    assert first == again
    assert {(tmp_path / "server" / name).stat().st_mode & 0o077 for name in names} == {0}


def test_a_taken_port_is_said_in_one_sentence(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = command("serve", "--port", str(port))

    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.postgres
def test_a_postgres_that_is_not_migrated_is_refused_until_asked(
    command: Command, postgres_url: str
) -> None:
    database = {"TRUNKLINE_DATABASE_URL": postgres_url}

    refused = command("serve", "--port", "0", **database)
    migrated = command("migrate", **database)
    added = command("site", "add", "valley", *PLACE, **database)

    assert refused.returncode == 1
    assert "run `trunkline-server migrate` first" in refused.stderr
    assert migrated.stdout == f"the database is at revision {migrations.newest()}\n"
    assert added.returncode == 0, added.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("site", "add", "The Valley", *PLACE), "cannot be part of a topic"),
        (("site", "add", "v", *PLACE, "--timezone", "Mars"), "no time zone 'Mars'"),
        (("station", "add", "ridge", "--site", "nowhere", *PLACE), "no site 'nowhere'"),
        (("invite", "--site", "nowhere"), "no site 'nowhere'"),
        (("serve", "--public-url", "ftp://x"), "public_url must start with https://"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(
    arguments: tuple[str, ...], sentence: str, command: Command
) -> None:
    ended = command(*arguments)

    assert ended.returncode == 1
    assert sentence in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_an_unknown_setting_value_names_the_setting(command: Command) -> None:
    ended = command("serve", TRUNKLINE_ALERT_HORIZON_S="soon")

    assert ended.returncode == 1
    assert "alert_horizon_s" in ended.stderr
