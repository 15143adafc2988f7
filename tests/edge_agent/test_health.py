import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge_agent.cameras.camera import BrokenFrame
from edge_agent.clock import clock_state
from edge_agent.contracts.messages import ClockState, HealthMessage, read_message
from edge_agent.contracts.vitals import CameraState
from edge_agent.health import Tally, health_of
from edge_agent.outbox import Outbox
from tests.edge_agent.builders import DUSK, a_message


def test_health_tells_what_waits_and_for_how_long(tmp_path: Path) -> None:
    began_at = datetime.now(UTC)
    with Outbox(tmp_path / "outbox.db") as outbox:
        outbox.keep(a_message(), b"a picture")
        health = health_of(Tally(), outbox, tmp_path, "elephant-0.1", simulated=True)

    assert health.queue_length == 2
    assert health.oldest_unsent_at is not None
    assert health.oldest_unsent_at >= began_at
    assert health.disk_free_mb
    assert health.inference_ms is None, "no frame was looked at yet"
    assert read_message(HealthMessage, health.to_body()) == health


def test_one_slow_frame_hardly_moves_the_inference_time() -> None:
    tally = Tally()
    now_s = time.monotonic()
    for _ in range(10):
        tally.looked(now_s - 0.1)
    tally.looked(now_s - 1.1)

    assert tally.inference_ms == pytest.approx(200, abs=30)


def test_a_clock_of_1970_was_never_set() -> None:
    assert clock_state(datetime(1970, 1, 1, tzinfo=UTC)) is ClockState.UNSET


def test_a_clock_of_today_runs() -> None:
    assert clock_state(DUSK) in {ClockState.SYNCHRONISED, ClockState.FREE_RUNNING}


def test_health_names_the_camera_that_is_broken_and_the_disk_that_fails(tmp_path: Path) -> None:
    tally = Tally()
    tally.record_of("ridge-1").broke(BrokenFrame("stream", "cannot be opened"))
    tally.record_of("ridge-2")
    with Outbox(tmp_path / "outbox.db") as outbox:
        outbox._shelter.trouble = "disk I/O error"
        health = health_of(tally, outbox, tmp_path / "gone", "elephant-0.1", simulated=False)
        outbox._shelter.trouble = None

    assert [(c.deployment_id, c.state, c.reason) for c in health.cameras] == [
        ("ridge-1", CameraState.BROKEN, "cannot be opened"),
        ("ridge-2", CameraState.GOOD, None),
    ]
    assert health.trouble == "what is seen is kept in memory only: disk I/O error"
    assert health.disk_free_mb is None
    assert health.bytes_sent_today == 0
    assert read_message(HealthMessage, health.to_body()) == health
