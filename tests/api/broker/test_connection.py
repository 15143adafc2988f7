"""The link's connection, against brokers that do not behave."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from api.broker import connection
from api.broker.connection import Arrived, Connection
from api.broker.provider import BrokerAddress
from tests.api.radio import wait_until

NOT_AUTHORISED = b"\x20\x03\x00\x87\x00"
LET_IN_5, LET_IN_311 = b"\x20\x03\x00\x00\x00", b"\x20\x02\x00\x00"


@asynccontextmanager
async def a_broker_that_says(
    *answers: bytes, speaks_mqtt5: bool = True, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[BrokerAddress, list[bytes]]]:
    """Answers the first call with the first of these, and so on; keeps what it was told."""
    to_say, told = list(answers), []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.append(await reader.read(1000))
        writer.write(to_say.pop(0) if to_say else b"")
        while data := await reader.read(1000):
            told.append(data)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield BrokerAddress("127.0.0.1", port, "server", "", speaks_mqtt5=speaks_mqtt5), told


async def until(holds: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(wait_until, holds, what)


def trusted_at(ca_file: Path) -> ssl.SSLContext:
    """Return what a server at 127.0.0.1 needs to be trusted by whoever trusts that file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    ca_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file = ca_file.with_name("key.pem")
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ca_file, key_file)
    return context


@pytest.mark.parametrize(
    ("let_in", "nonsense"),
    [
        (LET_IN_311, b"\x00\x00"),  # no such packet
        (LET_IN_5, b"\x32\x00"),  # a message without anything
        (LET_IN_311, b"\x32\x03\x00\x09a"),  # a topic that is longer than its packet
        (LET_IN_5, b"\x30\xff\xff\xff\xff\xff"),  # a length that does not end
        (LET_IN_5, b"\x90\x02\x00\x01"),  # an answer that answers nothing
        (LET_IN_5, b"\x30\x05\x00\x01a\x7f\x00"),  # properties that are longer than their packet
        (LET_IN_311, b"\x34\x06\x00\x01a\x00\x01!"),  # a QoS that we did not ask for
    ],
)
async def test_a_broker_that_talks_nonsense_is_called_again(
    let_in: bytes, nonsense: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_COMES_BACK_AFTER_S", (0.01,))
    answers = (let_in + nonsense, let_in)
    async with (
        a_broker_that_says(*answers, speaks_mqtt5=let_in == LET_IN_5) as (address, _),
        Connection.open(address, client_id="link") as link,
    ):
        await until(lambda: link.generation == 2 and link.is_connected, "it was called again")


async def test_a_broker_that_refuses_is_called_again_and_complained_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connection, "_COMES_BACK_AFTER_S", (0.01,))
    async with (
        a_broker_that_says(*[NOT_AUTHORISED] * 9) as (address, told),
        Connection.open(address, client_id="link") as link,
    ):
        await until(lambda: len(told) > 2, "it was called thrice")
        assert not link.is_connected

    assert [record.levelname for record in caplog.records].count("WARNING") == 1
    assert "does not let us in: Not authorized" in caplog.text


async def test_what_a_broken_connection_did_not_confirm_was_not_said() -> None:
    async with a_broker_that_says(LET_IN_5) as (address, told):
        async with Connection.open(address, client_id="link") as link:
            await until(lambda: link.is_connected, "it is let in")
            said = asyncio.create_task(link.publish_surely("a", b"alert", within_s=60))
            await until(lambda: b"alert" in b"".join(told), "the broker has read it")

        assert await asyncio.wait_for(said, 10) is False


async def test_a_burst_through_tls_is_read_to_its_end(tmp_path: Path) -> None:
    told_once, tls_ca = b"\x30\x06\x00\x01a\x00hi" * 1_500, tmp_path / "ca.pem"
    burst = LET_IN_5 + told_once  # more than is read in one turn, and one TLS record of it at most
    async with (
        a_broker_that_says(burst, tls=trusted_at(tls_ca)) as (address, _),
        Connection.open(replace(address, tls_ca=tls_ca), client_id="link") as link,
    ):
        heard: list[Arrived] = []
        async with asyncio.timeout(20):
            while len(heard) < 1_500:
                heard += await link.batch(at_most=2_000, gather_s=0, within_s=10)

    assert {message.payload for message in heard} == {b"hi"}


async def test_a_burst_is_read_in_few_gulps_and_acknowledged_in_one_breath(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gulps: list[int] = []
    once = mqtt.Client._sock_recv

    def counted(client: mqtt.Client, size: int) -> bytes:
        gulps.append(size)
        return once(client, size)

    monkeypatch.setattr(mqtt.Client, "_sock_recv", counted)
    burst = b"".join(b"\x32\x08\x00\x01a" + bytes([0, n, 0]) + b"hi" for n in range(1, 201))
    async with (
        a_broker_that_says(LET_IN_5 + burst) as (address, told),
        Connection.open(address, client_id="link") as link,
    ):
        heard: list[Arrived] = []
        while len(heard) < 200:
            heard += await link.batch(at_most=300, gather_s=0, within_s=10)
        link.acknowledge(heard)
        all_of_them = b"".join(bytes([0x40, 2, 0, n]) for n in range(1, 201))
        await until(lambda: all_of_them in told, "they are acknowledged")

    assert len(gulps) < 20
