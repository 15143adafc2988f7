import json
import subprocess
import sys

import pytest

from detector.measuring import percentile

HOLDS = """
import json
from detector.measuring import resident_mb
before = resident_mb()
held = bytearray(b"x" * 50_000_000)
print(json.dumps([before, resident_mb()]))
"""


@pytest.mark.parametrize(("share", "value"), [(0.5, 10), (0.95, 19), (1.0, 20), (0.0, 1)])
def test_a_percentile_is_one_of_the_values(share: float, value: float) -> None:
    assert percentile(list(range(20, 0, -1)), share) == value


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_memory_that_is_held_is_counted() -> None:
    # In a program of its own: what other tests leave behind is given back whenever it pleases.
    ended = subprocess.run(
        [sys.executable, "-c", HOLDS], check=True, stdout=subprocess.PIPE, text=True
    )
    before, after = json.loads(ended.stdout)

    assert before is None or (after is not None and after - before > 40)
