"""A running station, a real broker, and a server that offers a release."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from edge_agent.agent import run
from edge_agent.contracts.messages import read_message
from edge_agent.contracts.topics import UPDATE_OFFER, UPDATE_REPORTED
from edge_agent.contracts.updates import ENDS, Step, UpdateReport
from edge_agent.looking import Eye
from edge_agent.updates.shelf import open_running
from tests.brokers import Mosquitto
from tests.edge_agent.builders import settings_for, wait_until
from tests.edge_agent.fake_server import FakeServer
from tests.edge_agent.updates import networks
from tests.edge_agent.updates.bench import QUICK
from tests.edge_agent.updates.networks import write_release
from tests.edge_agent.updates.release_server import ReleaseServer, manifest_of, offer_of


@pytest.mark.mosquitto
async def test_an_offer_over_the_air_ends_in_a_station_that_runs_it(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    old = write_release(
        tmp_path / "old", networks.bright(), name="tiny-0.1", created=date(2026, 11, 1)
    )
    write_release(tmp_path / "new", networks.bright())
    (tmp_path / "card").mkdir()
    settings = settings_for(
        tmp_path,
        port=mosquitto.port,
        model={"release": str(old), "threads": 1},
        cameras=[
            {
                "kind": "folder",
                "deployment_id": "ridge-1",
                "path": str(tmp_path / "card"),
                "watch": True,
            }
        ],
        # A quiet forest: the exam is all there is to see.
        updates=QUICK | {"trial_minutes": 0.02, "least_elephants": 0},
    )
    detector = open_running(settings)
    eye = Eye(detector, detector.release)
    files, server = ReleaseServer(tmp_path / "new"), FakeServer(mosquitto.host, mosquitto.port)
    stop = asyncio.Event()
    station = asyncio.create_task(run(settings, eye, stop))

    def reports() -> list[UpdateReport]:
        said = [body for topic, body in server.said if topic is UPDATE_REPORTED]
        return [read_message(UpdateReport, body) for body in said]

    try:
        offer = offer_of(manifest_of(files.folder), files.url)
        await asyncio.to_thread(server.command, UPDATE_OFFER, offer)
        await asyncio.to_thread(
            wait_until, lambda: bool(reports()) and reports()[-1].step in ENDS, 90
        )
    finally:
        stop.set()
        await station
        server.close()
        files.close()

    last = reports()[-1]
    assert (last.step, last.reason, last.running) == (Step.RUNNING, "", "tiny-0.2")
    assert last.offer == offer.digest
    assert open_running(settings).release.name == "tiny-0.2"
