"""The station's process is killed at every step of an update, as a power cut would kill it."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from edge_agent.contracts.updates import ENDS, Step
from edge_agent.updates.shelf import open_running
from tests.edge_agent.updates import networks
from tests.edge_agent.updates.bench import RUNNING, Bench
from tests.edge_agent.updates.networks import write_release
from tests.edge_agent.updates.release_server import ReleaseServer, manifest_of, offer_of

NEW = "tiny-0.2"
# Says with what it looks, then each step as it is reported; at the step it is told to stop at, it
# stands still, so that a kill finds it there and nowhere else.
_STATION = """
import sys, time
from pathlib import Path
from edge_agent.updates.shelf import open_running
from tests.edge_agent.updates.bench import Bench

folder, stop_at, *offers = sys.argv[1:]
bench = Bench(Path(folder))
detector = open_running(bench.settings)
bench.eye.use(detector, detector.release)
bench._looking.start()
bench.go_on_looking()
assert bench.wrong == 0
print("looks", bench.looked_by[-1], flush=True)

def say(report):
    print(report.step, report.running, flush=True)
    while report.step == stop_at:
        time.sleep(1)

bench.updater.start(say)
for offer in offers:
    bench.updater.offer(offer.encode())
sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReleaseServer]:
    server = ReleaseServer(tmp_path / "published")
    yield server
    server.close()


def start(folder: Path, stop_at: str = "never", *offer: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", _STATION, str(folder), stop_at, *offer],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )


def said_until(station: subprocess.Popen[str], *wanted: str) -> list[str]:
    """Return its lines up to the first that begins with any of these words."""
    assert station.stdout is not None
    said: list[str] = []
    for line in station.stdout:
        said.append(line.strip())
        if line.split()[0] in wanted:
            return said
    raise AssertionError(f"it ended after {said}")


def cut_the_power(station: subprocess.Popen[str]) -> None:
    station.send_signal(signal.SIGKILL)
    station.wait()
    for pipe in (station.stdin, station.stdout):
        assert pipe is not None
        pipe.close()


def test_a_kill_at_any_step_ends_in_a_station_that_looks_and_an_update_that_ends(
    tmp_path: Path, server: ReleaseServer
) -> None:
    write_release(server.folder, networks.bright())
    offer = offer_of(manifest_of(server.folder), server.url).to_body().decode()
    settings = Bench(tmp_path).settings
    looked_with: list[str] = []

    for step, order in ((Step.FETCHING, (offer,)), (Step.TRIAL, ()), (Step.PROBATION, ())):
        station = start(tmp_path, step, *order)
        said = said_until(station, step)
        cut_the_power(station)
        looked_with.append(said[0])
        assert open_running(settings).release.name == RUNNING, f"killed in {step}"

    station = start(tmp_path)
    said_until(station, Step.RUNNING)
    cut_the_power(station)

    assert looked_with == [f"looks {RUNNING}"] * 3
    station = start(tmp_path)
    assert said_until(station, "looks") == [f"looks {NEW}"]
    cut_the_power(station)


def test_kills_at_random_instants_leave_one_whole_release_or_the_other(
    tmp_path: Path, server: ReleaseServer
) -> None:
    dice = random.Random(5)
    write_release(server.folder, networks.bright())
    offer = offer_of(manifest_of(server.folder), server.url).to_body().decode()
    settings = Bench(tmp_path).settings

    for _ in range(6):
        station = start(tmp_path, "never", offer)
        said_until(station, "looks")
        with suppress(subprocess.TimeoutExpired):  # it never ends by itself
            station.wait(dice.uniform(0, 3))
        cut_the_power(station)
        assert open_running(settings).release.name in {RUNNING, NEW}

    station = start(tmp_path, "never", offer)
    said = said_until(station, *ENDS)
    cut_the_power(station)
    step, running = said[-1].split()
    assert running == {Step.RUNNING: NEW}.get(Step(step), RUNNING)
    assert open_running(settings).release.name == running


def test_a_release_under_which_the_station_keeps_dying_gives_way_to_the_one_before(
    tmp_path: Path, server: ReleaseServer
) -> None:
    write_release(server.folder, networks.bright())
    offer = offer_of(manifest_of(server.folder), server.url).to_body().decode()
    settings = Bench(tmp_path).settings
    station = start(tmp_path, "never", offer)
    said_until(station, Step.RUNNING)
    cut_the_power(station)

    starts = [open_running(settings).release.name for _ in range(4)]

    assert starts == [NEW, NEW, NEW, RUNNING]
    station = start(tmp_path)
    assert said_until(station, "rolled_back")[-1] == f"rolled_back {RUNNING}"
    cut_the_power(station)
