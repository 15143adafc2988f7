import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge_agent.contracts.messages import StationState, StatusMessage
from edge_agent.contracts.seal import seal
from edge_agent.contracts.topics import STATUS
from edge_agent.session import LinkError, Session
from tests.brokers import Mosquitto
from tests.edge_agent.builders import DUSK, KEY, SITE, STATION, settings_for, wait_until
from tests.edge_agent.fake_server import FakeServer

pytestmark = pytest.mark.mosquitto


class Deaf:
    def on_acknowledged(self, ticket: int) -> None: ...

    def on_arrived(self, topic: str, payload: bytes) -> None: ...


def a_will() -> bytes:
    body = StatusMessage(state=StationState.OFFLINE, at=DUSK).to_body()
    return seal(KEY, STATUS.of(SITE, STATION), body)


@pytest.mark.parametrize(
    ("is_cut", "told"), [(True, [StationState.OFFLINE]), (False, [])], ids=["cut", "in peace"]
)
def test_a_station_is_called_offline_only_if_its_line_is_cut(
    tmp_path: Path, mosquitto: Mosquitto, is_cut: bool, told: list[StationState]
) -> None:
    server = FakeServer(mosquitto.host, mosquitto.port)
    session = Session(settings_for(tmp_path, port=mosquitto.port), Deaf(), will=a_will())
    session.open()

    if is_cut:
        line = session._client.socket()
        assert isinstance(line, socket.socket)
        line.shutdown(socket.SHUT_RDWR)
    else:
        session.close()
    # A second visit gives the broker the time to publish what it has to.
    again = Session(settings_for(tmp_path, port=mosquitto.port), Deaf(), purpose=".again")
    again.open()
    again.close()
    wait_until(lambda: len(server.states) >= len(told))
    server.close()

    assert server.states == told


def test_a_station_that_may_not_hear_its_receipts_says_so(tmp_path: Path) -> None:
    """Mosquitto grants what it then never serves, so this broker is a few bytes of ours."""

    def let_in_but_refuse_to_tell(listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line:
            line.recv(1024)
            line.sendall(b"\x20\x02\x00\x00")
            packet_id = line.recv(1024)[2:4]
            line.sendall(b"\x90\x03" + packet_id + b"\x80")
            line.recv(1024)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        broker = threading.Thread(target=let_in_but_refuse_to_tell, args=(listening,))
        broker.start()
        session = Session(settings_for(tmp_path, port=listening.getsockname()[1]), Deaf())
        with pytest.raises(LinkError, match=r"does not let this station read .*/ridge/stored"):
            session.open()
        session.close()
        broker.join(10)


def test_a_lost_connection_is_an_error_and_no_silence(tmp_path: Path, mosquitto: Mosquitto) -> None:
    session = Session(settings_for(tmp_path, port=mosquitto.port), Deaf())
    session.open()
    mosquitto.kill()

    with pytest.raises(LinkError, match="the connection was lost"):
        session.turn_until(lambda: False, 10, "nothing happened")


def test_something_that_is_no_broker_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        session = Session(settings_for(tmp_path, port=mute.getsockname()[1]), Deaf())

        with pytest.raises(LinkError, match="did not let the station in in time"):
            session.open(patience_s=0.3)


def test_only_a_broker_with_a_trusted_certificate_is_spoken_to(
    tmp_path: Path, start_mosquitto: Callable[..., Mosquitto]
) -> None:
    certificate, key = a_certificate(tmp_path / "broker")
    other_certificate, _ = a_certificate(tmp_path / "other")
    broker = start_mosquitto(certificate=certificate, certificate_key=key)

    def session(ca_file: Path) -> Session:
        tls = {"tls": True, "ca_file": str(ca_file)}
        return Session(settings_for(tmp_path, port=broker.port, broker=tls), Deaf())

    trusting = session(certificate)
    trusting.open()
    trusting.close()
    with pytest.raises(LinkError, match="certificate is not trusted"):
        session(other_certificate).open()


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its private key."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, folder.name)])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    return folder / "certificate.pem", folder / "key.pem"
