import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2

from edge_agent.checks import (
    Answer,
    check_broker,
    check_camera,
    check_clock,
    check_disk,
    check_model,
)
from edge_agent.settings import StationSettings
from tests.brokers import Mosquitto
from tests.edge_agent.builders import pixels_of, settings_for
from tests.edge_agent.drops.deliveries import drop_settings


def check_first_camera(settings: StationSettings) -> Answer:
    return asyncio.run(check_camera(settings.cameras[0], settings.station_id))


def test_a_clock_that_was_never_set_is_trouble() -> None:
    answer = check_clock(datetime(1970, 1, 1, tzinfo=UTC))

    assert not answer.is_good
    assert "was never set" in answer.words


def test_an_outbox_that_cannot_be_written_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")

    answer = check_disk(tmp_path / "state")

    assert not answer.is_good
    assert str(tmp_path / "state") in answer.words


def test_a_release_that_is_not_there_is_trouble(tmp_path: Path) -> None:
    answer = check_model(settings_for(tmp_path, model={"release": "unheard-of"}))

    assert not answer.is_good
    assert "unheard-of" in answer.words


def test_an_empty_folder_is_trouble_a_picture_is_not(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    missing = check_first_camera(settings)
    (tmp_path / "footage").mkdir()
    empty = check_first_camera(settings)
    cv2.imwrite(str(tmp_path / "footage/1.jpg"), pixels_of())
    good = check_first_camera(settings)
    (tmp_path / "footage/0.jpg").touch()
    broken = check_first_camera(settings)

    assert (missing.is_good, missing.words) == (False, "footage: there is no such folder")
    assert (empty.is_good, empty.words) == (False, "its source holds no frame")
    assert good.is_good
    assert "64 x 48" in good.words
    assert (broken.is_good, broken.words) == (False, "0.jpg: the file is empty")


def test_a_broker_that_is_not_there_and_one_that_lets_nobody_in_are_told_apart(
    tmp_path: Path, start_mosquitto: Callable[..., Mosquitto]
) -> None:
    (tmp_path / "nobody").touch()
    good = start_mosquitto()
    closed = start_mosquitto(passwords=tmp_path / "nobody")

    answers = [check_broker(settings_for(tmp_path, port=p)) for p in (good.port, closed.port, 1)]

    assert [answer.is_good for answer in answers] == [True, False, False]
    assert "refuses this station's name or password" in answers[1].words
    assert "nothing answers at 127.0.0.1:1" in answers[2].words


def test_a_check_does_not_throw_the_running_station_out(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    from edge_agent.contracts.messages import HealthMessage
    from edge_agent.link import Link
    from edge_agent.outbox import Outbox
    from tests.edge_agent.builders import DUSK, wait_until

    settings = settings_for(tmp_path, port=mosquitto.port)
    with Outbox(tmp_path / "outbox.db") as outbox:
        link = Link(settings, outbox, lambda: HealthMessage(at=DUSK))
        link.start()
        wait_until(lambda: link.is_up)

        assert check_broker(settings).is_good
        link.stop()

    assert link.failures == 0


async def test_a_camera_that_delivers_is_not_asked_for_a_frame() -> None:
    answer = await check_camera(drop_settings("smtp"), "ridge")

    assert answer == Answer("camera ridge-1", True, "ridge may deliver by SMTP")
