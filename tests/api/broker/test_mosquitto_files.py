from collections.abc import Callable
from pathlib import Path

import pytest

from api.broker.access import StationUser
from api.broker.mosquitto_files import Credentials, write_files
from api.broker.provider import SERVER_USERNAME
from edge_agent.contracts.seal import broker_password
from edge_agent.contracts.topics import DETECTIONS, EVERYTHING, MEDIA, STORED
from tests.api.radio import radio, wait_until
from tests.brokers import Mosquitto

KEYS = {"ridge": b"r" * 32, "ford": b"f" * 32}


@pytest.fixture
def broker(tmp_path: Path, start_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    known = [Credentials(StationUser("valley", name), key) for name, key in KEYS.items()]
    write_files(tmp_path / "files", known, server_password="ours", port=1883)
    return start_mosquitto(
        passwords=tmp_path / "files" / "passwords", acl=tmp_path / "files" / "acl"
    )


@pytest.mark.mosquitto
def test_mosquitto_keeps_stations_apart(broker: Mosquitto) -> None:
    ridge = ("valley.ridge", broker_password(KEYS["ridge"]))
    own = [DETECTIONS.of("valley", "ridge"), MEDIA.of("valley", "ridge", "ab")]
    with (
        radio(broker.host, broker.port, SERVER_USERNAME, "ours") as server,
        radio(broker.host, broker.port, *ridge) as station,
    ):
        server.subscribe(EVERYTHING)
        station.subscribe(STORED.of("valley", "ridge"))
        with radio(broker.host, broker.port, *ridge) as liar:  # some versions hang up on it
            liar.say(DETECTIONS.of("valley", "ford"), b"as ford")
        for topic in own:
            station.say(topic, b"as ridge")
        server.say(STORED.of("valley", "ridge"), b"stored")
        wait_until(lambda: len(station.heard) == 1, "the station is told")
        wait_until(lambda: len(server.heard) >= 3, "the server has heard")

    from_stations = [topic for topic, payload in server.heard if payload != b"stored"]
    assert from_stations == own


@pytest.mark.mosquitto
@pytest.mark.parametrize("password", ["", "guessed", broker_password(KEYS["ford"])])
def test_mosquitto_knows_the_passwords(password: str, broker: Mosquitto) -> None:
    with radio(broker.host, broker.port, "valley.ridge", password) as one:
        assert one.refused.is_set()


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    paths = write_files(tmp_path, [], server_password="ours", port=1883)

    assert {path.stat().st_mode & 0o077 for path in paths} == {0}


def test_the_configuration_drops_nothing(tmp_path: Path) -> None:
    write_files(tmp_path, [], server_password="ours", port=1883)

    lines = (tmp_path / "mosquitto.conf").read_text().splitlines()
    assert {"max_queued_messages 0", "autosave_interval 30", "allow_anonymous false"} <= {*lines}
