import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from api.batch import Batch
from api.broker.connection import Arrived, Connection
from api.broker.provider import BrokerAddress
from api.events.rules import Timings
from api.inbox import Inbox
from api.link import FAILS_AFTER_TRIES, Link
from api.media.folder import MediaFolder
from api.metrics import Metrics
from api.tables import Alert, Change, Detection, Quarantined, Station
from edge_agent.contracts.messages import (
    AlertNotice,
    DetectionMessage,
    StorageReceipt,
    read_message,
)
from edge_agent.contracts.seal import broker_password, open_sealed, seal
from edge_agent.contracts.topics import DETECTIONS, STORED, site_alerts
from tests.api.radio import Radio, radio, wait_until
from tests.api.world import DUSK, World, a_message
from tests.brokers import Mosquitto


def a_link(world: World, folder: Path, inbox: Inbox | None = None) -> Link:
    return Link(
        world.database,
        inbox or Inbox(MediaFolder(folder / "media"), Timings()),
        Metrics(),
        clock=lambda: DUSK + timedelta(seconds=2),
    )


@asynccontextmanager
async def running(link: Link, address: BrokerAddress) -> AsyncIterator[None]:
    work = asyncio.create_task(link.run(address, client_id="link", share=None))
    await until(lambda: link.is_connected, "the link has its broker")
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


@asynccontextmanager
async def ridge_radio(world: World, address: BrokerAddress) -> AsyncIterator[Radio]:
    password = broker_password(world.ridge.key)
    opened = radio(address.host, address.port, "valley.ridge", password)
    one = await asyncio.to_thread(opened.__enter__)
    try:
        await asyncio.to_thread(one.subscribe, STORED.of("valley", "ridge"))
        yield one
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


async def until(holds: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(wait_until, holds, what)


def sealed(station: Station, message: DetectionMessage) -> tuple[str, bytes]:
    topic = DETECTIONS.of(station.site_id, station.name_id)
    return topic, seal(station.key, topic, message.to_body())


def receipts(station: Station, one: Radio) -> list[StorageReceipt]:
    told = STORED.of(station.site_id, station.name_id)
    bodies = [open_sealed(station.key, topic, body) for topic, body in one.heard if topic == told]
    return [read_message(StorageReceipt, body) for body in bodies]


def stored(station: Station, one: Radio) -> set[str]:
    return {item.id for receipt in receipts(station, one) for item in receipt.items}


async def test_a_station_is_told_only_after_the_commit(
    world: World, address: BrokerAddress, tmp_path: Path
) -> None:
    message = a_message()
    async with running(a_link(world, tmp_path), address), ridge_radio(world, address) as one:
        await asyncio.to_thread(one.say, *sealed(world.ridge, message))
        await until(lambda: bool(one.heard), "the station has its receipt")
        rows = await world.rows(Detection)

    assert stored(world.ridge, one) == {str(message.id)} == {row.id for row in rows}


async def test_bad_messages_do_not_keep_the_good_one_waiting(
    world: World, address: BrokerAddress, tmp_path: Path
) -> None:
    topic, payload = sealed(world.ridge, a_message())
    good = a_message()
    async with running(a_link(world, tmp_path), address), ridge_radio(world, address) as one:
        for bad in (b"", b"not sealed", payload[:-1], seal(world.ridge.key, topic, b"{}")):
            await asyncio.to_thread(one.say, topic, bad)
        await asyncio.to_thread(one.say, *sealed(world.ridge, good))
        await until(lambda: str(good.id) in stored(world.ridge, one), "the good one is stored")

    codes = sorted(row.reason_code for row in await world.rows(Quarantined))
    assert codes == ["forged", "unreadable", "unsealed", "unsealed"]


async def untold(world: World) -> bool:
    return any(row.kind == "alert" and row.told_at is None for row in await world.rows(Change))


async def test_an_alert_is_told_to_the_sites_sirens_once(
    world: World, address: BrokerAddress, tmp_path: Path
) -> None:
    alerts = site_alerts("valley")
    async with running(a_link(world, tmp_path), address), ridge_radio(world, address) as one:
        await asyncio.to_thread(one.subscribe, alerts)
        await asyncio.to_thread(one.say, *sealed(world.ridge, a_message()))
        await until(lambda: any(topic == alerts for topic, _ in one.heard), "the sirens know")
        async with asyncio.timeout(10):
            while await untold(world):  # noqa: ASYNC110 - a database tells no events
                await asyncio.sleep(0.02)

    (body,) = [payload for topic, payload in one.heard if topic == alerts]
    (alert,) = await world.rows(Alert)
    notice = read_message(AlertNotice, body)
    assert (notice.alert_id, notice.geofence, notice.level) == (alert.id, "Guanping", "warning")


class StumblingInbox(Inbox):
    """Its database is away for the first tries."""

    failures_left = 2
    failure: Exception = OperationalError("COMMIT", None, Exception("the database is restarting"))

    async def take(self, *arguments: object) -> Batch:
        if self.failures_left:
            self.failures_left -= 1
            raise self.failure
        return await super().take(*arguments)  # type: ignore[arg-type]


async def test_a_database_that_comes_back_gets_the_same_batch(
    world: World, address: BrokerAddress, tmp_path: Path
) -> None:
    inbox = StumblingInbox(MediaFolder(tmp_path), Timings())
    message = a_message()
    link = a_link(world, tmp_path, inbox)
    async with running(link, address), ridge_radio(world, address) as one:
        await asyncio.to_thread(one.say, *sealed(world.ridge, message))
        await until(lambda: bool(one.heard), "the station has its receipt")

    assert inbox.failures_left == 0
    assert stored(world.ridge, one) == {str(message.id)}


async def test_a_watchdog_hears_of_a_disk_that_takes_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads as well as ever. What cannot be kept is tried until it can."""
    said: list[bool] = []

    class Watched(StumblingInbox):
        failures_left = FAILS_AFTER_TRIES
        failure = OperationalError("COMMIT", None, Exception("database or disk is full"))

        async def take(self, *arguments: object) -> Batch:
            said.append(link.is_storing)
            return await super().take(*arguments)

    link = a_link(world, tmp_path, Watched(MediaFolder(tmp_path), Timings()))
    monkeypatch.setattr("api.link.TRY_AGAIN_S", (0.0,))
    await link._commit([])

    assert (said, link.is_storing) == ([True, True, True, False], True)


async def test_a_batch_that_fails_by_our_fault_does_not_end_the_link(
    world: World, address: BrokerAddress, tmp_path: Path
) -> None:
    inbox = StumblingInbox(MediaFolder(tmp_path), Timings())
    inbox.failures_left, inbox.failure = 1, ZeroDivisionError("our own fault")
    message = a_message()
    link = a_link(world, tmp_path, inbox)
    async with running(link, address), ridge_radio(world, address) as one:
        await asyncio.to_thread(one.say, *sealed(world.ridge, message))
        await until(lambda: inbox.failures_left == 0, "the link has stumbled")
        assert one.heard == []
        await asyncio.to_thread(one.say, *sealed(world.ridge, message))
        await until(lambda: bool(one.heard), "the station has its receipt")

    assert stored(world.ridge, one) == {str(message.id)}


@pytest.mark.mosquitto
async def test_a_broker_killed_in_the_middle_loses_nothing(
    world: World, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    messages = [a_message() for _ in range(40)]
    wanted = {str(message.id) for message in messages}
    link = a_link(world, tmp_path)

    def say_what_is_not_stored(one: Radio) -> None:
        for message in messages:
            if str(message.id) not in stored(world.ridge, one):
                one.client.publish(*sealed(world.ridge, message), qos=1)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(link, mosquitto.address))
        one = await stack.enter_async_context(ridge_radio(world, mosquitto.address))
        say_what_is_not_stored(one)
        await asyncio.to_thread(mosquitto.kill)
        one.connected.clear()
        await asyncio.to_thread(mosquitto.start)
        await until(one.connected.is_set, "the station is back")
        await asyncio.to_thread(one.subscribe, STORED.of("valley", "ridge"))
        await until(lambda: link.is_connected, "the link is back")
        # As the station does: what has no receipt is sent again.
        async with asyncio.timeout(20):
            while stored(world.ridge, one) != wanted:
                say_what_is_not_stored(one)
                await asyncio.sleep(0.3)

    assert {row.id for row in await world.rows(Detection)} == wanted
    assert len(await world.rows(Alert)) == 1


@pytest.mark.mosquitto
async def test_a_link_that_was_killed_before_its_commit_is_given_the_message_again(
    world: World, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    message = a_message()
    async with ridge_radio(world, mosquitto.address) as one:
        async with Connection.open(mosquitto.address, client_id="link") as doomed:
            assert await asyncio.to_thread(doomed.subscribed.wait, 10)
            await asyncio.to_thread(one.say, *sealed(world.ridge, message))
            assert await doomed.batch(at_most=1, gather_s=0, within_s=10)
        # It ended without an acknowledgement; the next link of that name takes over.
        async with running(a_link(world, tmp_path), mosquitto.address):
            await until(lambda: bool(one.heard), "the station has its receipt")

    assert stored(world.ridge, one) == {str(message.id)}


@pytest.mark.mosquitto
async def test_an_old_connections_message_is_not_acknowledged_on_a_new_one(
    mosquitto: Mosquitto,
) -> None:
    topic = DETECTIONS.of("valley", "ridge")
    async with Connection.open(mosquitto.address, client_id="link") as link:
        assert await asyncio.to_thread(link.subscribed.wait, 10)
        with radio(mosquitto.host, mosquitto.port) as one:
            one.say(topic, b"first")
        (old,) = await link.batch(at_most=1, gather_s=0, within_s=10)
        acknowledged: list[int] = []
        link._client.acknowledge = acknowledged.extend  # type: ignore[method-assign,assignment]

        foreign = Arrived(old.topic, b"", False, 1, old.packet_id, old.generation - 1)
        link.acknowledge([foreign])
        link.acknowledge([old])

    assert acknowledged == [old.packet_id]
