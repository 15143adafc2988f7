"""The scaled form as it is committed: its broker, and who gets nowhere on it."""

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
import yaml
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from typer.testing import CliRunner

from api.broker.access import StationUser
from api.broker.certificates import write_certificates
from api.broker.mosquitto_files import Credentials, write_files
from api.broker.provider import MAX_PACKET_BYTES, SERVER_USERNAME
from api.cli import app
from edge_agent.contracts.seal import broker_password
from edge_agent.contracts.topics import (
    CONFIG_DESIRED,
    DETECTIONS,
    EVERYTHING,
    FROM_STATIONS,
    SIREN,
    STORED,
    site_alerts,
)
from tests.api.radio import wait_until
from tests.brokers import Mosquitto

ROOT = Path(__file__).parents[2]
CONF = (ROOT / "docker/mosquitto/mosquitto.conf").read_text()
KEYS = {"valley/ridge": b"r" * 32, "valley/ford": b"f" * 32, "hills/ridge": b"h" * 32}


@pytest.fixture
def broker(tmp_path: Path, start_mosquitto: Callable[..., Mosquitto]) -> tuple[Mosquitto, Path]:
    """Mosquitto with the committed configuration; only its folder, port and user are the test's."""
    folder = tmp_path / "trunkline-broker"
    known = [Credentials(StationUser(*name.split("/")), key) for name, key in sorted(KEYS.items())]
    write_files(folder, known, server_password="ours", port=8883)
    write_certificates(folder, ["mosquitto", "127.0.0.1"], datetime.now(UTC))

    class Committed(Mosquitto):
        def start(self) -> None:
            conf = CONF.replace("/trunkline-broker", str(folder))
            conf = conf.replace("listener 8883", f"listener {self.port} {self.host}\nuser root")
            self._config.write_text(conf)
            super().start()

    plain = start_mosquitto()
    plain.stop()
    committed = Committed(plain._program, tmp_path / "committed")
    committed.start()
    plain._process = committed._process  # stopped with it
    return committed, folder / "ca.crt"


class Client:
    """An MQTT 5 client over TLS, which is told when something is refused."""

    def __init__(self, broker: tuple[Mosquitto, Path], username: str, password: str) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.answers: dict[int, bool] = {}
        self.state: list[str] = []
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5, client_id=username
        )
        self._client.username_pw_set(username, password)
        self._client.tls_set(ca_certs=str(broker[1]), tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self._client.on_message = self._on_message
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.connect(broker[0].host, broker[0].port)
        self._client.loop_start()
        wait_until(lambda: bool(self.state), "the broker answers")

    @property
    def is_in(self) -> bool:
        return self.state[0] == "in"

    def may_say(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> bool:
        """Publish; whether the broker takes it, as MQTT 5 tells."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        wait_until(lambda: sent.mid in self.answers, f"{topic} is answered")
        return self.answers[sent.mid]

    def may_hear(self, topic_filter: str) -> bool:
        mid = self._client.subscribe(topic_filter, qos=1)[1]
        assert mid is not None
        wait_until(lambda: mid in self.answers, f"{topic_filter} is answered")
        return self.answers[mid]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _: Any, __: Any, message: mqtt.MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))

    def _on_connect(self, _: Any, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
        self.state.append("refused" if reason.is_failure else "in")

    def _on_publish(
        self, _: Any, __: Any, mid: int, reason: ReasonCode, ___: Properties | None
    ) -> None:
        self.answers[mid] = not reason.is_failure

    def _on_subscribe(
        self, _: Any, __: Any, mid: int, reasons: list[ReasonCode], ___: Properties | None
    ) -> None:
        self.answers[mid] = not reasons[0].is_failure


@contextmanager
def client(
    broker: tuple[Mosquitto, Path], name: str, password: str | None = None
) -> Iterator[Client]:
    known = "ours" if name == SERVER_USERNAME else ""
    if name.replace(".", "/") in KEYS:
        known = broker_password(KEYS[name.replace(".", "/")])
    one = Client(broker, name, known if password is None else password)
    yield one
    one.close()


@pytest.mark.mosquitto
def test_a_station_writes_its_own_topics_and_not_one_more(broker: tuple[Mosquitto, Path]) -> None:
    own = [
        topic.of("valley", "ridge", "ab" * 32 if topic.has_rest else None)
        for topic in FROM_STATIONS
    ]
    foreign = [
        *(topic.of("valley", "ford", "ab" if topic.has_rest else None) for topic in FROM_STATIONS),
        DETECTIONS.of("hills", "ridge"),
        STORED.of("valley", "ridge"),  # what only the server says
        CONFIG_DESIRED.of("valley", "ridge"),
        SIREN.of("valley", "ford"),
        site_alerts("valley"),
        "trunkline/v1/valley/ridge/detections/more",
        "trunkline/v2/valley/ridge/detections",
        "trunkline/v1/valley/ridge/other",
        "$SYS/broker/uptime",
        "anything",
    ]
    with client(broker, SERVER_USERNAME) as server, client(broker, "valley.ridge") as station:
        assert server.may_hear("#")
        refused = [topic for topic in foreign if not station.may_say(topic, retain=True)]
        taken = [topic for topic in own if station.may_say(topic)]
        wait_until(lambda: len(server.heard) >= len(own), "the server has heard")

    assert refused == foreign
    assert taken == own
    assert [topic for topic, _ in server.heard] == own


@pytest.mark.mosquitto
def test_a_station_hears_what_it_is_told_and_nobody_else_s(broker: tuple[Mosquitto, Path]) -> None:
    with client(broker, SERVER_USERNAME) as server, client(broker, "valley.ridge") as station:
        for topic_filter in ("#", EVERYTHING, "trunkline/v1/+/+/stored", "$SYS/#"):
            station.may_hear(topic_filter)  # granted or not: what comes through is what counts
        assert station.may_hear(STORED.of("valley", "ridge"))
        for topic in (
            STORED.of("valley", "ford"),
            CONFIG_DESIRED.of("hills", "ridge"),
            site_alerts("hills"),
            STORED.of("valley", "ridge"),
        ):
            assert server.may_say(topic)
        wait_until(lambda: bool(station.heard), "the station is told")

    assert {topic for topic, _ in station.heard} == {STORED.of("valley", "ridge")}


@pytest.mark.mosquitto
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("valley.ridge", "guessed"),
        ("valley.ridge", broker_password(KEYS["valley/ford"])),
        ("valley.+", broker_password(KEYS["valley/ridge"])),
        ("trunkline-server", ""),
        ("", ""),
    ],
)
def test_nobody_comes_in_by_guessing(
    name: str, password: str, broker: tuple[Mosquitto, Path]
) -> None:
    with client(broker, name, password) as stranger:
        assert not stranger.is_in


@pytest.mark.mosquitto
def test_without_tls_or_with_another_authority_nobody_speaks_at_all(
    broker: tuple[Mosquitto, Path], tmp_path: Path
) -> None:
    write_certificates(tmp_path / "other", ["127.0.0.1"], datetime.now(UTC))

    with pytest.raises(ssl.SSLCertVerificationError):
        Client((broker[0], tmp_path / "other" / "ca.crt"), "valley.ridge", "")
    plain = mqtt.Client(CallbackAPIVersion.VERSION2)
    plain.connect_timeout = 2.0
    plain.connect(broker[0].host, broker[0].port)
    for _ in range(20):
        if plain.loop(0.2) != mqtt.MQTT_ERR_SUCCESS:
            break
    assert not plain.is_connected()


def settings_in(text: str) -> dict[str, str]:
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return {pair[0]: pair[1] for pair in pairs}


def test_the_committed_broker_keeps_what_the_generated_one_keeps(tmp_path: Path) -> None:
    write_files(tmp_path, [], server_password="ours", port=1883)
    generated = settings_in((tmp_path / "mosquitto.conf").read_text())
    committed = settings_in(CONF)

    for name in (
        *("max_queued_messages", "max_inflight_messages", "max_packet_size", "persistence"),
        *("autosave_interval", "persistent_client_expiration", "allow_anonymous"),
    ):
        assert committed[name] == generated[name], name
    assert int(committed["max_packet_size"]) == MAX_PACKET_BYTES


COMPOSE = yaml.safe_load((ROOT / "docker/compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_stands_on_what_there_is(name: str) -> None:
    service = SERVICES[name]
    named = {volume.split(":")[0] for volume in service["volumes"]}

    assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert {each for each in named if each[0] not in "./$"} <= set(COMPOSE["volumes"])
    assert service.get("restart") in {"unless-stopped", "no"}
    for mount in named:
        if mount.startswith("./"):
            assert (ROOT / "docker" / mount).exists(), mount


@pytest.mark.parametrize(
    "name", [name for name, each in SERVICES.items() if each["image"] == "trunkline-server"]
)
def test_each_of_our_services_runs_a_command_that_there_is(name: str) -> None:
    service = SERVICES[name]
    line = " ".join(service["command"])
    commands = re.findall(r"trunkline-server (\w+ \w+)", line) or [service["command"][0]]
    options = {each for each in line.split() if each.startswith("--")}

    texts = [CliRunner().invoke(app, [*command.split(), "--help"]) for command in commands]

    assert {ended.exit_code for ended in texts} == {0}
    assert [each for each in options if not any(each in ended.output for ended in texts)] == []


def test_nothing_secret_has_a_default_and_the_database_is_open_to_nobody_outside() -> None:
    text = (ROOT / "docker/compose.yml").read_text()

    assert re.findall(r"\$\{POSTGRES_PASSWORD(?!:\?)", text) == []
    assert {name for name, each in SERVICES.items() if "ports" in each} == {"mosquitto", "serve"}
    assert SERVICES["serve"]["ports"] == ["127.0.0.1:8000:8000"]
    example = (ROOT / "docker/example.env").read_text()
    assert {"POSTGRES_PASSWORD=", "BROKER_NAME=mqtt.trunkline.example"} <= set(example.split())


def test_an_authority_stays_and_the_certificate_is_made_anew_in_time(tmp_path: Path) -> None:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    first = write_certificates(tmp_path, ["mqtt.example", "10.0.0.5"], now)
    authority = (tmp_path / "ca.crt").read_bytes()

    again = write_certificates(tmp_path, ["mqtt.example", "10.0.0.5"], now)
    renamed = write_certificates(tmp_path, ["mqtt.example"], now)
    a_year_later = write_certificates(tmp_path, ["mqtt.example"], now + timedelta(days=350))

    assert [path.name for path in first] == ["ca.crt", "ca.key", "server.crt", "server.key"]
    assert again == []
    assert [path.name for path in renamed] == ["server.crt", "server.key"]
    assert len(a_year_later) == 2
    assert (tmp_path / "ca.crt").read_bytes() == authority
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("*.key")} == {0}
