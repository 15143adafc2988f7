import logging
from pathlib import Path

import pytest

from edge_agent.camera_record import CameraRecord
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.contracts.vitals import CameraState
from edge_agent.eyesight.eyesight import Eyesight
from tests.edge_agent.builders import DUSK, pixels_of
from tests.edge_agent.eyesight.scenes import a_camera_that_knows_its_place, turned

GONE = BrokenFrame("stream", "cannot be opened")


async def test_a_source_is_said_broken_once_and_recovered_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    record = CameraRecord("ridge-1")

    with caplog.at_level(logging.INFO):
        for _ in range(3):
            record.broke(GONE)
        broken = record.health()
        for _ in range(3):
            await record.came(Frame("1", DUSK, pixels_of()))
            record.recovered()

    assert (broken.state, broken.reason) == (CameraState.BROKEN, "cannot be opened")
    assert record.health().state == CameraState.GOOD
    assert record.health().last_frame_at == DUSK
    assert caplog.messages == [
        "camera ridge-1: stream is broken: cannot be opened",
        "camera ridge-1: frames are good again",
    ]


def test_a_camera_whose_server_cannot_listen_is_broken_until_it_can() -> None:
    record = CameraRecord("ridge-1")

    record.unreachable("FTP on 10.0.0.1:2121 cannot be opened: in use")
    assert record.health().state == CameraState.BROKEN
    assert record.health().since is not None
    record.unreachable(None)

    assert record.health().state == CameraState.GOOD


def test_what_the_eyes_say_is_in_the_health(tmp_path: Path) -> None:
    months = a_camera_that_knows_its_place(tmp_path)
    months.pass_by(turned, minutes=60)

    health = CameraRecord("ridge-1", Eyesight("ridge-1", tmp_path)).health()

    assert health.state == CameraState.MOVED
    assert health.is_blind
    assert health.since is not None
