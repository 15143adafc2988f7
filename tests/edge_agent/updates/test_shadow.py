import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from detector.release import Precision
from edge_agent.updates.second import Limits, Second
from edge_agent.updates.shadow import memory_mb
from edge_agent.updates.shelf import load_adopted
from tests.edge_agent.builders import settings_for
from tests.edge_agent.updates import networks
from tests.edge_agent.updates.networks import BRIGHT, write_release

ASK = "from edge_agent.updates.shadow import memory_mb; print(memory_mb())"


def test_the_child_of_a_large_station_is_not_held_to_be_large() -> None:
    ballast = np.ones(60_000_000)  # 480 MB
    child = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)

    assert ballast.nbytes / 1e6 < memory_mb()
    assert float(child.stdout) < 300


@pytest.mark.parametrize(
    ("int8", "runs"),
    [(networks.bright(), Precision.INT8), (None, Precision.FP32)],
    ids=["it has one", "it was never made faster"],
)
def test_a_station_of_int8_tries_and_runs_the_int8_network_of_a_release(
    tmp_path: Path, int8: bytes | None, runs: Precision
) -> None:
    plain = networks.constant(0) if int8 else networks.bright()  # blind, where it must not be used
    folder = write_release(tmp_path / "release", plain, int8=int8)
    settings = settings_for(tmp_path, model={"precision": "int8", "threads": 1})

    limits = Limits(5000, 800, threads=1, precision=settings.model.precision)
    with Second(folder, limits) as second:
        second.open()
        tried = second.detect(BRIGHT)
    adopted = load_adopted(settings, folder)

    assert len(tried) == len(adopted.detect(BRIGHT)) == 1
    assert adopted.release.precision is runs
