from pathlib import Path

import cv2
import pytest

from edge_agent.bench import idle
from edge_agent.bench.idle import measure_idle
from edge_agent.bench.latency import NoBrokerError, broker, measure_latency
from edge_agent.bench.meter import Spent
from edge_agent.bench.run import files_of
from edge_agent.bench.throughput import measure_throughput
from edge_agent.cameras.footage import FootageError
from tests.brokers import Mosquitto
from tests.edge_agent.builders import FakeNetwork, an_elephant, pixels_of

DRILL = Path(__file__).parent.parent.parent.parent / "datasets/drill"


class FakeFloor:
    """Takes ten milliseconds a frame, and remembers its turns."""

    def __init__(self) -> None:
        self.turns: list[int] = []

    def run(self, times: int) -> Spent:
        self.turns.append(times)
        return Spent(0.01 * times, 0.01 * times)


def pictures(folder: Path, number: int) -> list[Path]:
    files = [folder / f"{seed}.jpg" for seed in range(number)]
    for seed, file in enumerate(files):
        assert cv2.imwrite(str(file), pixels_of(seed=seed))
    return files


def test_the_drill_has_what_the_bench_needs() -> None:
    files, still = files_of(DRILL)

    assert len(files) >= 40
    assert all(file.is_file() for file in (*files, still))
    assert "empty" in still.as_posix()


def test_footage_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FootageError):
        files_of(tmp_path)


async def test_station_and_floor_take_turns_over_the_same_frames(tmp_path: Path) -> None:
    network = FakeNetwork([an_elephant()], [], [an_elephant()])
    floor = FakeFloor()

    told = await measure_throughput(pictures(tmp_path, 7), network, network, tmp_path, floor=floor)

    assert floor.turns == [5, 2]
    assert (told["frames"], told["sightings"]) == (7, 2)
    assert told["floor"] == {"frames_per_s": 100, "ms_per_frame": 10, "cpu_ms_per_frame": 10}


async def test_the_network_rests_in_an_idle_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "SECONDS", 1)
    monkeypatch.setattr(idle, "_SIZE_PX", (320, 240))
    (picture,) = pictures(tmp_path, 1)

    told = await measure_idle(picture, FakeNetwork(), FakeNetwork(), tmp_path)

    assert (told["frames"], told["looks"]) == (5, 1)


@pytest.mark.mosquitto
async def test_each_sighting_is_timed_to_the_broker(tmp_path: Path, mosquitto: Mosquitto) -> None:
    network = FakeNetwork([an_elephant()], [], [an_elephant()])

    told = await measure_latency(pictures(tmp_path, 3), network, network, tmp_path)

    assert told["messages"] == 2
    assert isinstance(told["to_message_p95_ms"], float)
    assert 0 < told["to_message_p95_ms"] < 10_000


def test_without_a_broker_there_is_no_latency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)

    with pytest.raises(NoBrokerError, match="not installed"), broker(tmp_path):
        pass
