"""The siren of a whole station, without any network."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from detector.detection import Detection
from detector.pictures import Pixels
from edge_agent.agent import run
from edge_agent.contracts import topics
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import read_message
from edge_agent.contracts.siren import SirenAct, SirenOrder, SirenState
from edge_agent.looking import Eye
from tests.brokers import Mosquitto
from tests.edge_agent.builders import (
    FakeNetwork,
    an_elephant,
    pixels_of,
    settings_for,
)
from tests.edge_agent.fake_server import FakeServer


class Timed(FakeNetwork):
    """Sees an elephant in every frame, and notes when it was asked the second time."""

    second_look_at: datetime | None = None

    def detect(self, pixels: Pixels, *, floor: float | None = None) -> list[Detection]:
        if self.second_look_at is None and self._looks == []:
            self.second_look_at = datetime.now(UTC)
        return super().detect(pixels, floor=floor)


def a_siren(folder: Path, **more: object) -> dict[str, object]:
    script = f"date -u +%s.%N > {folder}/rang.part; mv {folder}/rang.part {folder}/rang"
    return {"kind": "command", "command": ["/bin/sh", "-c", script], **more}


async def until_there(file: Path, patience_s: float = 60) -> None:
    async with asyncio.timeout(patience_s):
        while not file.exists():  # noqa: ASYNC110, ASYNC240 (another process writes it)
            await asyncio.sleep(0.01)


def film(folder: Path) -> None:
    (folder / "footage").mkdir()
    for number in range(4):
        cv2.imwrite(str(folder / f"footage/{number}.png"), pixels_of(seed=number))


async def test_it_sounds_within_two_seconds_of_the_confirmation_with_no_network(
    tmp_path: Path,
) -> None:
    film(tmp_path)
    settings = settings_for(tmp_path, siren=a_siren(tmp_path))  # nothing listens at its broker
    network = Timed([an_elephant()], always=[an_elephant()])
    stop = asyncio.Event()

    running = asyncio.create_task(run(settings, Eye(network, network), stop))
    await until_there(tmp_path / "rang")
    stop.set()
    summary = await running

    assert network.second_look_at is not None, "two of four frames confirm"
    rang_s = float((tmp_path / "rang").read_text())
    assert rang_s - network.second_look_at.timestamp() < 2
    assert summary.unsent == 2, "and nobody was told but those who heard it"


@pytest.mark.parametrize(("drill_siren", "sounds"), [(False, False), (True, True)])
async def test_a_drill_is_silent_unless_the_config_says_otherwise(
    tmp_path: Path, drill_siren: bool, sounds: bool
) -> None:
    film(tmp_path)
    settings = settings_for(
        tmp_path, simulated=True, siren=a_siren(tmp_path, drill_siren=drill_siren)
    )
    network = FakeNetwork(always=[an_elephant()])
    stop = asyncio.Event()

    running = asyncio.create_task(run(settings, Eye(network, network), stop))
    await until_there(tmp_path / ("rang" if sounds else "state/outbox.db"))
    while not sounds and not _has_seen(tmp_path):  # noqa: ASYNC110 (a watch brings it about)
        await asyncio.sleep(0.01)
    stop.set()
    await running

    assert (tmp_path / "rang").exists() == sounds


def _has_seen(folder: Path) -> bool:
    from edge_agent.outbox import Outbox

    with Outbox(folder / "state/outbox.db") as outbox:
        return outbox.unsent() > 0


@pytest.mark.mosquitto
async def test_the_server_s_sealed_order_sounds_it_and_hears_how_it_went(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    (tmp_path / "footage").mkdir()
    settings = settings_for(tmp_path, port=mosquitto.port, siren=a_siren(tmp_path))
    network = FakeNetwork()
    stop = asyncio.Event()
    server = FakeServer(mosquitto.host, mosquitto.port)
    order = SirenOrder(simulated=True, id=uuid7(), sent_at=datetime.now(UTC), seconds=5)

    running = asyncio.create_task(run(settings, Eye(network, network), stop))
    try:
        async with asyncio.timeout(60):
            while not server.states:  # noqa: ASYNC110 (the link's thread brings it about)
                await asyncio.sleep(0.01)
            await asyncio.to_thread(server.command, topics.SIREN, order)
            while _states(server)[-1:] != [(SirenAct.SILENT, True)]:  # noqa: ASYNC110 (the same)
                await asyncio.sleep(0.01)
    finally:
        stop.set()
        await running
        server.close()

    assert (tmp_path / "rang").exists()


def _states(server: FakeServer) -> list[tuple[SirenAct, bool]]:
    said = [body for topic, body in server.said if topic is topics.SIREN_STATE]
    states = [read_message(SirenState, body) for body in said]
    return [(state.act, state.simulated) for state in states]
