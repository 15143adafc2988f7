"""The outbox under power cuts."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLS = 55


def test_what_an_outbox_said_it_kept_is_there_whenever_it_was_killed(tmp_path: Path) -> None:
    nursery = [sys.executable, "-m", "tests.faults.outbox_nursery"]
    told = subprocess.run(
        [*nursery, str(tmp_path / "outbox.db"), str(KILLS), "1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    figures = json.loads(told.stdout)

    assert figures["kills"] == KILLS
    assert figures["kept"] > KILLS / 2
    assert figures["forgotten"] > 0
    assert figures["in_the_middle"] > 0  # some were killed while they wrote
    assert (figures["lost"], figures["strange"], figures["unsound"]) == (0, 0, 0)
