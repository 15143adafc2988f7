"""Links as processes of their own share the messages; one that is killed loses nothing."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api import migrations
from api.database import Database
from api.ledger.store import chain
from api.tables import Alert, Detection, Event
from edge_agent.contracts.messages import StorageReceipt, read_message
from edge_agent.contracts.seal import open_sealed, seal
from edge_agent.contracts.topics import DETECTIONS, STORED
from tests.api.chains import first_break
from tests.api.radio import Radio, radio
from tests.api.world import World, a_message
from tests.brokers import Mosquitto

pytestmark = [pytest.mark.mosquitto, pytest.mark.postgres]
SAID = 60
PATIENCE_S = 90.0


@contextmanager
def a_link(
    postgres_url: str, mosquitto: Mosquitto, folder: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """`trunkline-server link --share`, as an operator starts it; ready once it hears stations."""
    options = ["link", "--share", "links", "--data-dir", str(folder)]
    options += ["--database-url", postgres_url]
    options += ["--broker-host", mosquitto.host, "--broker-port", str(mosquitto.port)]
    program = Path(sys.executable).with_name("trunkline-server")
    with folder.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen([program, *options], stdout=log, stderr=log)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


async def test_a_link_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    postgres_url: str,
    open_database: Callable[[str], Database],
    mosquitto: Mosquitto,
    tmp_path: Path,
) -> None:
    await asyncio.to_thread(migrations.upgrade, postgres_url)
    world = await World.build(open_database(postgres_url))
    now = datetime.now(UTC)
    messages = [a_message(deployment_id="ridge-1", captured_at=now) for _ in range(SAID)]
    wanted = {str(message.id) for message in messages}
    topic, told = DETECTIONS.of("valley", "ridge"), STORED.of("valley", "ridge")

    def stored(one: Radio) -> set[str]:
        bodies = [open_sealed(world.ridge.key, told, each) for _, each in one.heard]
        return {item.id for body in bodies for item in read_message(StorageReceipt, body).items}

    def say_what_is_not_stored(one: Radio) -> None:
        # As a station does: only a receipt lets it forget.
        for message in messages:
            if str(message.id) not in stored(one):
                payload = seal(world.ridge.key, topic, message.to_body())
                one.client.publish(topic, payload, qos=1)

    with ExitStack() as stack:
        links = [
            stack.enter_context(a_link(postgres_url, mosquitto, tmp_path / name))
            for name in ("one", "two")
        ]
        one = stack.enter_context(radio(mosquitto.host, mosquitto.port))
        await asyncio.to_thread(one.subscribe, told)
        async with asyncio.timeout(PATIENCE_S):
            while not stored(one):  # both may still be starting
                say_what_is_not_stored(one)
                await asyncio.sleep(0.5)
            os.kill(links[0].pid, signal.SIGKILL)
            await asyncio.to_thread(links[0].wait)
            while stored(one) != wanted:
                say_what_is_not_stored(one)
                await asyncio.sleep(0.5)

    assert {row.id for row in await world.rows(Detection)} == wanted
    assert len(await world.rows(Event)) == len(await world.rows(Alert)) == 1
    async with world.database.reading() as session:
        assert first_break("valley", [entry async for entry in chain(session, "valley")]) is None
