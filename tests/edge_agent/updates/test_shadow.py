import subprocess
import sys

import numpy as np

from edge_agent.updates.shadow import memory_mb

ASK = "from edge_agent.updates.shadow import memory_mb; print(memory_mb())"


def test_the_child_of_a_large_station_is_not_held_to_be_large() -> None:
    ballast = np.ones(60_000_000)  # 480 MB
    child = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)

    assert ballast.nbytes / 1e6 < memory_mb()
    assert float(child.stdout) < 300
