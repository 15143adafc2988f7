import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.edge_agent.outbox.weeks_offline import FRESH

_SIGHTINGS = 400


@pytest.mark.mosquitto
def test_a_station_that_comes_back_warns_first_and_then_tells_its_story_in_order(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    root = Path(__file__).parents[3]
    program = [sys.executable, "-m", "tests.edge_agent.outbox.weeks_offline"]
    came_back = subprocess.run(
        [*program, str(tmp_path), str(mosquitto.port), str(_SIGHTINGS)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )

    told = json.loads(came_back.stdout.splitlines()[-1])
    assert (told["fresh"], told["late"], told["left"]) == (FRESH, _SIGHTINGS, 0)
    assert told["fresh_first"]
    assert told["fresh_newest_first"]
    assert told["late_inversions"] == 0, "the oldest first"
    assert told["rss_most_mb"] - told["rss_before_mb"] < 30
