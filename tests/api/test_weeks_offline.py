"""A real outbox and link against the real server: what is late is stored and never rings."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.broker.provider import BrokerAddress
from api.events.rules import Timings
from api.inbox import Inbox
from api.link import Link as ServerLink
from api.media.folder import MediaFolder
from api.metrics import Metrics
from api.tables import Alert, Delivery, Detection
from edge_agent.contracts.messages import ClockState, HealthMessage
from edge_agent.link import Link
from edge_agent.outbox import Outbox
from tests.api.world import World, a_message
from tests.edge_agent.builders import settings_for

OLD = 60


@pytest.fixture
async def server(world: World, address: BrokerAddress, tmp_path: Path) -> AsyncIterator[ServerLink]:
    inbox = Inbox(MediaFolder(tmp_path / "media"), Timings())
    link = ServerLink(world.database, inbox, Metrics(), clock=lambda: datetime.now(UTC))
    async with asyncio.TaskGroup() as group:
        work = group.create_task(link.run(address, client_id="server", share=None))
        while not link.is_connected:  # noqa: ASYNC110 (its own task makes it true)
            await asyncio.sleep(0.01)
        yield link
        work.cancel()


async def empty(outbox: Outbox, world: World, folder: Path, port: int) -> None:
    """Let the outbox's station find its server again, and tell everything."""
    settings = settings_for(
        folder,
        port=port,
        site_id="valley",
        station_id="ridge",
        key=world.ridge.key.hex(),
        broker={"resend_after_s": 5},
    )
    link = Link(settings, outbox, lambda: HealthMessage(at=datetime.now(UTC)))
    link.start()
    try:
        deadline_s = time.monotonic() + 90
        while outbox.unsent():
            assert time.monotonic() < deadline_s, f"{outbox.unsent()} wait in vain"
            await asyncio.sleep(0.05)
    finally:
        await asyncio.to_thread(link.stop)


@pytest.mark.usefixtures("server")
async def test_weeks_of_old_news_are_stored_and_ring_nobody(
    world: World, address: BrokerAddress, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    with Outbox(tmp_path / "outbox.db") as outbox:
        outbox.keep_all(
            (a_message(captured_at=now - timedelta(hours=7 * n + 1)), None) for n in range(OLD)
        )
        await empty(outbox, world, tmp_path, address.port)

    detections = await world.rows(Detection)
    assert (len(detections), {row.historical for row in detections}) == (OLD, {True})
    assert not await world.rows(Alert)
    assert not await world.rows(Delivery)


@pytest.mark.usefixtures("server")
async def test_what_is_fresh_among_the_old_rings_as_if_nothing_had_waited(
    world: World, address: BrokerAddress, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    fresh = a_message(captured_at=now)
    with Outbox(tmp_path / "outbox.db") as outbox:
        outbox.keep_all(
            (a_message(captured_at=now - timedelta(days=n + 1)), None) for n in range(OLD)
        )
        outbox.keep(fresh, None)
        await empty(outbox, world, tmp_path, address.port)

    detections = {row.id: row for row in await world.rows(Detection)}
    assert len(detections) == OLD + 1
    assert [row.id for row in detections.values() if not row.historical] == [str(fresh.id)]
    assert detections[str(fresh.id)].received_at == min(
        row.received_at for row in detections.values()
    ), "the warning came with the first of them"
    assert (await world.the_alert()).detection_id == str(fresh.id)


@pytest.mark.usefixtures("server")
async def test_a_clock_that_nobody_ever_set_makes_no_old_news_young(
    world: World, address: BrokerAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept six hours ago by the only clock that runs; its calendar stands still in 1970."""
    then = a_message(captured_at=datetime(1970, 1, 1, tzinfo=UTC), clock=ClockState.UNSET)
    with Outbox(tmp_path / "outbox.db") as outbox:
        with monkeypatch.context() as patched:
            boot_s = time.clock_gettime(time.CLOCK_BOOTTIME)
            patched.setattr(time, "clock_gettime", lambda _: boot_s - 6 * 3600)
            outbox.keep(then, None)
        await empty(outbox, world, tmp_path, address.port)

    (detection,) = await world.rows(Detection)
    assert detection.historical
    assert not await world.rows(Alert)
