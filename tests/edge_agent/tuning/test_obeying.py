"""A running station, a real broker, and a server that tunes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import cv2
import pytest

from edge_agent.agent import run
from edge_agent.contracts.configuration import DesiredConfig, Outcome, ReportedConfig
from edge_agent.contracts.messages import StoredItem, StoredKind, read_message
from edge_agent.contracts.topics import CONFIG_DESIRED, CONFIG_REPORTED
from edge_agent.looking import Eye
from edge_agent.outbox import Outbox, Source
from tests.brokers import Mosquitto
from tests.edge_agent.builders import FakeNetwork, an_elephant, pixels_of, settings_for, wait_until
from tests.edge_agent.fake_server import FakeServer

pytestmark = pytest.mark.mosquitto


class Rig:
    """One station that watches a folder, and the server that it talks to."""

    def __init__(self, folder: Path, server: FakeServer) -> None:
        self.card = folder / "card"
        self.server = server
        self._pictures = 0

    async def show_picture(self) -> None:
        """Put a picture on the card, and wait until the station has looked at it."""
        self._put_picture()
        source = Source("ridge-1", f"{self._pictures:04d}.png")
        with Outbox(self.card.parent / "state/outbox.db") as outbox:
            await asyncio.to_thread(wait_until, lambda: outbox.was_looked_at(source))

    def _put_picture(self) -> None:
        self._pictures += 1
        fresh = self.card / f"{self._pictures:04d}.part"
        assert cv2.imwrite(f"{fresh}.png", pixels_of(seed=self._pictures))
        Path(f"{fresh}.png").rename(fresh.with_suffix(".png"))

    def reports(self) -> list[ReportedConfig]:
        return [
            read_message(ReportedConfig, body)
            for topic, body in self.server.said
            if topic is CONFIG_REPORTED
        ]

    def desire(self, version: int, settings: dict[str, Any]) -> None:
        self.server.command(CONFIG_DESIRED, DesiredConfig(version=version, settings=settings))

    def confirm(self, version: int) -> None:
        self.server.confirm(StoredItem(kind=StoredKind.CONFIG, id=str(version)))

    async def until_reported(self, version: int, outcome: Outcome) -> ReportedConfig:
        def last() -> tuple[int, Outcome] | None:
            reports = self.reports()
            return (reports[-1].answered_version, reports[-1].outcome) if reports else None

        await asyncio.to_thread(wait_until, lambda: last() == (version, outcome))
        return self.reports()[-1]


@asynccontextmanager
async def running(tmp_path: Path, broker: Mosquitto, **tables: Any) -> AsyncIterator[Rig]:
    (tmp_path / "card").mkdir(exist_ok=True)
    camera = {
        "kind": "folder",
        "deployment_id": "ridge-1",
        "path": str(tmp_path / "card"),
        "watch": True,
    }
    tables = {"confirmation": {"needed": 1, "out_of": 1}, "event": {"silence_s": 1e-6}} | tables
    settings = settings_for(tmp_path, port=broker.port, cameras=[camera], **tables)
    network = FakeNetwork(always=[an_elephant(0.5)])
    server = FakeServer(broker.host, broker.port)
    stop = asyncio.Event()
    station = asyncio.create_task(run(settings, Eye(network, network), stop))
    try:
        yield Rig(tmp_path, server)
    finally:
        stop.set()
        await station
        server.close()


async def test_a_station_is_tuned_without_a_restart(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async with running(tmp_path, mosquitto) as rig:
        await rig.show_picture()
        await asyncio.to_thread(wait_until, lambda: len(rig.server.stored) == 1)

        strict = dict.fromkeys(("day", "night_ir", "thermal"), 0.9)
        rig.desire(1, {"thresholds": strict})
        report = await rig.until_reported(1, Outcome.APPLIED)
        rig.confirm(1)
        await rig.show_picture()
        rig.desire(2, {"thresholds": {"day": 7}})
        refused = await rig.until_reported(2, Outcome.REFUSED)
        await rig.show_picture()
        rig.desire(3, {})
        await rig.until_reported(3, Outcome.APPLIED)
        await rig.show_picture()
        await asyncio.to_thread(wait_until, lambda: len(rig.server.stored) == 2)

    assert report.effective["thresholds"] == strict
    assert refused.reason == "thresholds.day: Input should be less than 1"
    assert refused.effective["thresholds"] == strict
    assert len(rig.server.stored) == 2, "nothing between the first and the last picture"


async def test_a_station_sent_to_a_broker_that_is_not_there_comes_back_and_says_so(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async with running(tmp_path, mosquitto, tuning={"contact_within_s": 2}) as rig:
        await rig.until_reported(0, Outcome.APPLIED)

        rig.desire(1, {"broker": {"port": 1}})
        report = await rig.until_reported(1, Outcome.ROLLED_BACK)

        assert (report.version, report.effective["broker"]["port"]) == (0, mosquitto.port)
        assert report.reason == "the server was not heard within 2 s of applying it"
        assert [r.outcome for r in rig.reports()] == [Outcome.APPLIED, Outcome.ROLLED_BACK]
        await rig.show_picture()
        await asyncio.to_thread(wait_until, lambda: len(rig.server.stored) == 1)


async def test_a_station_moves_to_a_broker_at_which_the_server_hears_it(
    tmp_path: Path, start_mosquitto: Any
) -> None:
    here, there = start_mosquitto(), start_mosquitto()
    other = FakeServer(there.host, there.port)
    async with running(tmp_path, here, tuning={"contact_within_s": 4}) as rig:
        await rig.until_reported(0, Outcome.APPLIED)
        rig.desire(1, {"broker": {"port": there.port}})
        rig.server, here_server = other, rig.server
        try:
            await rig.until_reported(1, Outcome.APPLIED)
            rig.confirm(1)
            await rig.show_picture()
            await asyncio.to_thread(wait_until, lambda: len(other.stored) == 1)
        finally:
            rig.server = here_server
    other.close()

    assert [r.answered_version for r in rig.reports()] == [0], "nothing more over the old one"
