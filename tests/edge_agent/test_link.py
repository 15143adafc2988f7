import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.contracts.messages import (
    HealthMessage,
    Message,
    StationState,
    StorageReceipt,
    StoredItem,
    StoredKind,
)
from edge_agent.contracts.seal import broker_password, seal
from edge_agent.contracts.topics import CONFIG_DESIRED, CONFIG_REPORTED, SIREN_STATE, STORED
from edge_agent.link import Link
from edge_agent.outbox import Outbox
from edge_agent.session import Session
from tests.brokers import Mosquitto
from tests.edge_agent.builders import (
    DUSK,
    KEY,
    OTHER_KEY,
    SITE,
    STATION,
    a_message,
    settings_for,
    wait_until,
)
from tests.edge_agent.fake_server import FakeServer

pytestmark = pytest.mark.mosquitto


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db") as outbox:
        yield outbox


@contextmanager
def running_link(
    tmp_path: Path,
    port: int,
    outbox: Outbox,
    data_mb_per_day: float | None = None,
    **broker: object,
) -> Iterator[Link]:
    budget = {"data_mb_per_day": data_mb_per_day}
    settings = settings_for(tmp_path, port=port, broker=broker, budget=budget)
    link = Link(settings, outbox, lambda: HealthMessage(at=DUSK))
    link.start()
    try:
        yield link
    finally:
        link.stop()


@contextmanager
def running_server(broker: Mosquitto, *, key_of_receipts: bytes = KEY) -> Iterator[FakeServer]:
    server = FakeServer(broker.host, broker.port, key_of_receipts=key_of_receipts)
    try:
        yield server
    finally:
        server.close()


def keep_some(outbox: Outbox, number: int) -> set[str]:
    ids = set()
    for index in range(number):
        message = a_message()
        outbox.keep(message, f"picture {index} of {message.id}".encode())
        ids.add(str(message.id))
    return ids


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_what_is_stored_is_forgotten(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox, protocol: str
) -> None:
    ids = keep_some(outbox, 5)

    with (
        running_server(mosquitto) as server,
        running_link(tmp_path, mosquitto.port, outbox, protocol=protocol),
    ):
        wait_until(lambda: outbox.unsent() == 0)

    assert set(server.stored) == ids
    assert len(server.pictures) == 5


def test_a_server_that_forgets_half_gets_everything_in_the_end(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox
) -> None:
    dice = random.Random(7)
    ids = keep_some(outbox, 30)

    with running_server(mosquitto) as server:
        server.loses = lambda _id, _times: dice.random() < 0.5
        with running_link(tmp_path, mosquitto.port, outbox):
            wait_until(lambda: outbox.unsent() == 0, patience_s=60)

    assert set(server.stored) == ids
    assert len(server.pictures) == 30


def test_killing_the_broker_again_and_again_loses_nothing(
    tmp_path: Path, start_mosquitto: Callable[..., Mosquitto], outbox: Outbox
) -> None:
    broker = start_mosquitto()
    dice = random.Random(3)
    ids: set[str] = set()

    with running_server(broker) as server, running_link(tmp_path, broker.port, outbox):
        server.loses = lambda _id, _times: dice.random() < 0.2
        for _ in range(3):
            ids |= keep_some(outbox, 25)
            stored_before = len(server.stored)
            wait_until(lambda before=stored_before: len(server.stored) > before)  # type: ignore[misc]
            broker.kill()
            ids |= keep_some(outbox, 5)
            broker.start()
        wait_until(lambda: outbox.unsent() == 0, patience_s=60)

    assert set(server.stored) == ids
    assert len(server.pictures) == len(ids)


def test_a_forged_receipt_forgets_nothing(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox
) -> None:
    keep_some(outbox, 1)

    with (
        running_server(mosquitto, key_of_receipts=OTHER_KEY),
        running_link(tmp_path, mosquitto.port, outbox) as link,
    ):
        wait_until(lambda: link.forged_receipts >= 2)

    assert outbox.unsent() == 2


def test_a_receipt_that_is_no_receipt_is_ignored(tmp_path: Path, outbox: Outbox) -> None:
    (message_id,) = keep_some(outbox, 1)
    link = Link(settings_for(tmp_path), outbox, lambda: HealthMessage(at=DUSK))
    topic = STORED.of(SITE, STATION)
    item = StoredItem(kind=StoredKind.DETECTION, id=message_id)
    body = StorageReceipt(items=(item,)).to_body()

    link.on_arrived(topic, b"")
    link.on_arrived(topic, seal(KEY, topic, b"{not json"))
    link.on_arrived(topic, seal(KEY, STORED.of(SITE, "other"), body))
    assert (outbox.unsent(), link.forged_receipts) == (2, 3)

    link.on_arrived(topic, seal(KEY, topic, body))
    assert outbox.unsent() == 1


def test_what_the_server_cannot_read_is_set_aside_and_stops_nothing(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    bad = a_message(release="unheard-of")
    outbox.keep(bad, None)
    good_ids = keep_some(outbox, 2)

    with running_server(mosquitto) as server, caplog.at_level(logging.ERROR):
        server.refuses = lambda body: b"unheard-of" in body
        with running_link(tmp_path, mosquitto.port, outbox):
            wait_until(lambda: outbox.unsent() == 0)

    assert set(server.stored) == good_ids
    assert outbox.refused() == 1
    assert caplog.messages == [f"the server cannot read detection {bad.id}: a field of the future"]


def test_warnings_leave_before_pictures(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox
) -> None:
    keep_some(outbox, 15)

    with running_server(mosquitto) as server, running_link(tmp_path, mosquitto.port, outbox):
        wait_until(lambda: outbox.unsent() == 0)

    assert server.order[:15] == [StoredKind.DETECTION] * 15


def test_with_the_days_data_used_up_only_warnings_pass(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    old = a_message(captured_at=DUSK - timedelta(days=3))
    fresh = a_message(captured_at=datetime.now(UTC))
    outbox.keep(old, b"an old picture")
    outbox.keep(fresh, b"a fresh picture")

    with (
        running_server(mosquitto) as server,
        running_link(tmp_path, mosquitto.port, outbox, data_mb_per_day=0) as link,
    ):
        wait_until(lambda: outbox.unsent() == 3)
        later = a_message(captured_at=datetime.now(UTC))
        outbox.keep(later, None)
        wait_until(lambda: str(later.id) in server.stored)
        assert set(server.stored) == {str(fresh.id), str(later.id)}
        link.budget.mb_per_day = None  # as a new day or a new config would
        wait_until(lambda: outbox.unsent() == 0)

    assert [m for m in caplog.messages if "used up" in m] == [
        "today's 0.0 MB of data are used up: only warnings leave"
    ]


def test_a_sighting_wakes_the_link(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that only looked now and then would look here once a minute."""
    turn = Session.turn
    monkeypatch.setattr(Session, "turn", lambda session, wait_s=60.0: turn(session, wait_s))
    with (
        running_server(mosquitto) as server,
        running_link(tmp_path, mosquitto.port, outbox, keepalive_s=3600) as link,
    ):
        wait_until(lambda: link.is_up)
        for _ in range(3):
            message = a_message()
            outbox.keep(message, None)
            wait_until(lambda name=str(message.id): name in server.stored)  # type: ignore[misc]
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 20, "to be told to stop wakes it, too"


def test_a_message_that_is_sent_again_says_when(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox
) -> None:
    outbox.keep(a_message(), None)

    with running_server(mosquitto) as server:
        server.loses = lambda _id, times: times < 3
        with running_link(tmp_path, mosquitto.port, outbox):
            wait_until(lambda: outbox.unsent() == 0)

    first, second, third = server.sent_at
    assert DUSK < first < second < third


def test_a_station_is_online_then_stopped(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox
) -> None:
    with running_server(mosquitto) as server:
        with running_link(tmp_path, mosquitto.port, outbox):
            wait_until(lambda: StationState.ONLINE in server.states)
        wait_until(lambda: len(server.states) == 2)

    assert server.states == [StationState.ONLINE, StationState.STOPPED]


def test_a_broker_that_is_not_there_is_said_once(
    tmp_path: Path, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), running_link(tmp_path, 1, outbox) as link:
        wait_until(lambda: link.failures >= 4)

    assert caplog.messages == ["link is down: nothing answers at 127.0.0.1:1 (Connection refused)"]


def test_an_order_that_waited_at_the_broker_is_heard_once_and_a_forged_one_never(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox
) -> None:
    heard: list[bytes] = []
    link = Link(settings_for(tmp_path, port=mosquitto.port), outbox, lambda: HealthMessage(at=DUSK))
    link.orders.hear(CONFIG_DESIRED, heard.append)

    with running_server(mosquitto) as server:
        server.command(CONFIG_DESIRED, Message(simulated=True))
        link.start()
        wait_until(lambda: len(heard) == 1)
        with running_server(mosquitto, key_of_receipts=OTHER_KEY) as impostor:
            impostor.command(CONFIG_DESIRED, Message())
            wait_until(lambda: link.orders.forged == 1)
    link.stop()

    assert heard == [b'{"simulated":true}']


def test_an_order_that_cannot_be_carried_out_does_not_stop_the_link(
    tmp_path: Path, mosquitto: Mosquitto, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_order(body: bytes) -> None:
        raise KeyError(body)

    link = Link(settings_for(tmp_path, port=mosquitto.port), outbox, lambda: HealthMessage(at=DUSK))
    link.orders.hear(CONFIG_DESIRED, broken_order)

    with running_server(mosquitto) as server:
        server.command(CONFIG_DESIRED, Message())
        link.start()
        wait_until(lambda: "could not be carried out" in caplog.text)
        ids = keep_some(outbox, 1)
        wait_until(lambda: outbox.unsent() == 0)
    link.stop()

    assert set(server.stored) == ids
    assert link.failures == 0


def test_only_what_is_retained_is_said_again_with_each_connection(
    tmp_path: Path, start_mosquitto: Callable[..., Mosquitto], outbox: Outbox
) -> None:
    broker = start_mosquitto()
    with running_link(tmp_path, broker.port, outbox) as link:
        link.tell(CONFIG_REPORTED, Message())
        with running_server(broker) as server:
            link.tell(SIREN_STATE, Message())
            wait_until(
                lambda: {CONFIG_REPORTED, SIREN_STATE} == {topic for topic, _ in server.said}
            )
        broker.kill()
        broker.start()
        with running_server(broker) as server:
            wait_until(lambda: CONFIG_REPORTED in [topic for topic, _ in server.said])
            keep_some(outbox, 1)
            wait_until(lambda: outbox.unsent() == 0)

    assert SIREN_STATE not in [topic for topic, _ in server.said]


def test_a_link_moves_to_another_broker_when_told(
    tmp_path: Path, start_mosquitto: Callable[..., Mosquitto], outbox: Outbox
) -> None:
    here, there = start_mosquitto(), start_mosquitto()
    with running_link(tmp_path, here.port, outbox) as link, running_server(there) as server:
        wait_until(lambda: link.is_up)
        link.use_broker(settings_for(tmp_path, port=there.port).broker)
        ids = keep_some(outbox, 1)
        wait_until(lambda: outbox.unsent() == 0)

    assert set(server.stored) == ids


def test_only_the_stations_own_password_opens_the_broker(
    tmp_path: Path, start_mosquitto: Callable[..., Mosquitto], outbox: Outbox
) -> None:
    user = f"{SITE}.{STATION}"
    mine = start_mosquitto(passwords=a_password_file(tmp_path, user, broker_password(KEY)))
    others = start_mosquitto(passwords=a_password_file(tmp_path, user, broker_password(OTHER_KEY)))

    with running_link(tmp_path, mine.port, outbox) as link:
        wait_until(lambda: link.is_up)
    with running_link(tmp_path, others.port, outbox) as link:
        wait_until(lambda: link.failures >= 2)
        assert not link.is_up


def a_password_file(folder: Path, user: str, password: str) -> Path:
    """In Mosquitto's own format: `user:$7$iterations$salt$hash` (PBKDF2 with SHA-512)."""
    import base64
    import hashlib

    salt = b"twelve bytes"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101, 64)
    encoded = "$".join(base64.b64encode(part).decode() for part in (salt, digest))
    path = folder / f"passwords-{password[:8]}"
    path.write_text(f"{user}:$7$101${encoded}\n")
    return path
