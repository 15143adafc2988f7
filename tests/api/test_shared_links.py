"""Several links share the messages: by `$share` on Mosquitto, by the site's lock on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from api.broker.provider import BrokerAddress
from api.database import Database
from api.events.rules import Timings
from api.inbox import Inbox
from api.ledger.store import chain
from api.link import Link
from api.media.folder import MediaFolder
from api.metrics import Metrics
from api.tables import Alert, Detection, Event, Herd
from edge_agent.contracts.seal import seal
from edge_agent.contracts.topics import DETECTIONS
from tests.api.chains import first_break
from tests.api.radio import radio, wait_until
from tests.api.world import DUSK, World, a_message, with_tables
from tests.brokers import Mosquitto

pytestmark = [pytest.mark.mosquitto, pytest.mark.postgres]
SAID = 90


@asynccontextmanager
async def a_shared_link(
    database: Database, address: BrokerAddress, folder: Path
) -> AsyncIterator[Metrics]:
    metrics = Metrics()
    inbox = Inbox(MediaFolder(folder), Timings())
    link = Link(database, inbox, metrics, clock=lambda: DUSK + timedelta(seconds=2))
    work = asyncio.create_task(link.run(address, client_id="", share="links"))
    await asyncio.to_thread(wait_until, lambda: link.is_subscribed, "a link hears the stations")
    try:
        yield metrics
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


def taken_by(metrics: Metrics) -> float:
    labels = {"kind": "detections"}
    return metrics.registry.get_sample_value("trunkline_messages_total", labels) or 0


async def test_two_links_share_the_work_and_tell_one_story(
    postgres_url: str,
    open_database: Callable[[str], Database],
    mosquitto: Mosquitto,
    tmp_path: Path,
) -> None:
    world = await World.build(await with_tables(open_database(postgres_url)))
    address = BrokerAddress(mosquitto.host, mosquitto.port, "", "")
    stations = [world.ridge, world.yard] * (SAID // 2)
    async with AsyncExitStack() as stack:
        links = [
            await stack.enter_async_context(
                a_shared_link(open_database(postgres_url), address, tmp_path)
            )
            for _ in range(2)
        ]
        with radio(mosquitto.host, mosquitto.port) as one:
            for station in stations:
                topic = DETECTIONS.of(station.site_id, station.name_id)
                message = a_message(deployment_id=f"{station.name_id}-1")
                one.client.publish(topic, seal(station.key, topic, message.to_body()), qos=1)
            await asyncio.to_thread(
                wait_until, lambda: sum(map(taken_by, links)) >= SAID, "everything is committed"
            )

    assert min(map(taken_by, links)) > 0
    assert len(await world.rows(Detection)) == SAID
    assert len(await world.rows(Event)) == 2
    assert len(await world.rows(Herd)) == len(await world.rows(Alert)) == 1
    async with world.database.reading() as session:
        assert first_break("valley", [entry async for entry in chain(session, "valley")]) is None
