import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.checks.answer import Answer, Grade
from edge_agent.checks.board import check_power, check_temperature
from edge_agent.checks.broker import check_broker
from edge_agent.checks.camera import check_camera
from edge_agent.checks.clock import check_clock
from edge_agent.checks.credentials import check_key, check_purpose
from edge_agent.checks.disk import check_disk, newest_kept_at
from edge_agent.checks.model import check_model
from edge_agent.checks.siren import check_siren
from edge_agent.contracts.vitals import Vitals
from edge_agent.outbox import Outbox
from edge_agent.settings import StationSettings
from edge_agent.siren.settings import CommandSirenSettings, GpioSirenSettings
from tests.brokers import Mosquitto
from tests.edge_agent.builders import DUSK, KEY, a_message, pixels_of, settings_for
from tests.edge_agent.drops.deliveries import drop_settings
from tests.edge_agent.eyesight.scenes import Months, a_camera_that_knows_its_place, turned

LONG_AGO = datetime(2026, 2, 1, tzinfo=UTC)


def check_first_camera(settings: StationSettings) -> Answer:
    return asyncio.run(check_camera(settings.cameras[0], settings))


@pytest.mark.parametrize(
    ("now", "installed_at", "last_kept_at", "grade", "mark"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), LONG_AGO, None, Grade.WRONG, "was never set"),
        (DUSK, DUSK + timedelta(days=2), None, Grade.WRONG, "before this program was installed"),
        (DUSK, LONG_AGO, DUSK + timedelta(days=1), Grade.WRONG, "before the last message"),
    ],
    ids=["1970", "older than the program", "set back by a day"],
)
def test_a_clock_that_cannot_be_right_is_wrong(
    now: datetime, installed_at: datetime, last_kept_at: datetime | None, grade: Grade, mark: str
) -> None:
    answer = check_clock(now, installed_at=installed_at, last_kept_at=last_kept_at)

    assert answer.grade is grade
    assert mark in answer.words
    assert "time service" in (answer.advice or "")


def test_a_plausible_clock_says_how_well_it_is_kept() -> None:
    answer = check_clock(DUSK, installed_at=LONG_AGO, last_kept_at=DUSK - timedelta(hours=1))

    assert not answer.is_wrong
    assert "synchronised" in answer.words or "no time service" in answer.words


def test_the_newest_message_s_time_is_found_without_opening_the_outbox(tmp_path: Path) -> None:
    assert newest_kept_at(tmp_path) is None
    with Outbox(tmp_path / "outbox.db") as outbox:
        began_at = datetime.now(UTC)
        outbox.keep(a_message(), None)

        newest = newest_kept_at(tmp_path)

    assert newest is not None
    assert newest >= began_at


def test_a_disk_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")

    answer = check_disk(tmp_path / "state")

    assert answer.is_wrong
    assert str(tmp_path / "state") in answer.words


def test_a_good_disk_says_how_much_is_free_and_is_left_as_it_was(tmp_path: Path) -> None:
    answer = check_disk(tmp_path)

    assert "MB free" in answer.words
    assert not (tmp_path / ".check").exists()


def test_a_release_that_is_not_there_is_wrong(tmp_path: Path) -> None:
    answer = check_model(settings_for(tmp_path, model={"release": "unheard-of"}))

    assert answer.is_wrong
    assert "unheard-of" in answer.words


def test_an_empty_folder_is_wrong_a_picture_is_not(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    missing = check_first_camera(settings)
    (tmp_path / "footage").mkdir()
    empty = check_first_camera(settings)
    cv2.imwrite(str(tmp_path / "footage/1.jpg"), pixels_of())
    good = check_first_camera(settings)
    (tmp_path / "footage/0.jpg").touch()
    broken = check_first_camera(settings)

    assert (missing.is_wrong, missing.words) == (True, "footage: there is no such folder")
    assert (empty.is_wrong, empty.words) == (True, "its source holds no frame")
    assert good.grade is Grade.OK
    assert "64 x 48" in good.words
    assert (broken.is_wrong, broken.words) == (True, "0.jpg: the file is empty")


@pytest.mark.parametrize(
    ("grey", "mark"), [(0, "is its cap on"), (120, "is something before its lens")]
)
def test_a_frame_that_shows_nothing_is_a_warning(tmp_path: Path, grey: int, mark: str) -> None:
    (tmp_path / "footage").mkdir()
    cv2.imwrite(str(tmp_path / "footage/1.png"), np.full((48, 64, 3), grey, np.uint8))

    answer = check_first_camera(settings_for(tmp_path))

    assert answer.grade is Grade.WARNING
    assert mark in (answer.advice or "")


def test_a_camera_that_was_found_blind_is_wrong_before_it_is_asked(tmp_path: Path) -> None:
    months: Months = a_camera_that_knows_its_place(tmp_path / "state/eyesight")
    months.pass_by(turned, minutes=60)

    answer = check_first_camera(settings_for(tmp_path))

    assert (answer.is_wrong, answer.words) == (True, "blind when last seen: moved")


async def test_a_camera_that_delivers_is_not_asked_for_a_frame(tmp_path: Path) -> None:
    answer = await check_camera(drop_settings("smtp"), settings_for(tmp_path))

    assert answer == Answer("camera ridge-1", Grade.OK, "ridge may deliver by SMTP")


def test_a_broker_that_is_not_there_and_one_that_lets_nobody_in_are_told_apart(
    tmp_path: Path, start_mosquitto: Callable[..., Mosquitto]
) -> None:
    (tmp_path / "nobody").touch()
    good = start_mosquitto()
    closed = start_mosquitto(passwords=tmp_path / "nobody")

    answers = [check_broker(settings_for(tmp_path, port=p)) for p in (good.port, closed.port, 1)]

    assert [answer.is_wrong for answer in answers] == [False, True, True]
    assert "refuses this station's name or password" in answers[1].words
    assert "enrol the station" in (answers[1].advice or "")
    assert "nothing answers at 127.0.0.1:1" in answers[2].words
    assert "antenna" in (answers[2].advice or "")


def test_a_check_does_not_throw_the_running_station_out(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    from edge_agent.contracts.messages import HealthMessage
    from edge_agent.link import Link
    from tests.edge_agent.builders import wait_until

    settings = settings_for(tmp_path, port=mosquitto.port)
    with Outbox(tmp_path / "outbox.db") as outbox:
        link = Link(settings, outbox, lambda: HealthMessage(at=DUSK))
        link.start()
        wait_until(lambda: link.is_up)

        assert not check_broker(settings).is_wrong
        link.stop()

    assert link.failures == 0


@pytest.mark.parametrize(
    ("percent", "is_charging", "grade"),
    [
        (None, None, Grade.OK),
        (80, False, Grade.OK),
        (25, False, Grade.WARNING),
        (25, True, Grade.OK),
        (5, False, Grade.WRONG),
    ],
)
def test_a_low_battery_matters_unless_it_is_being_charged(
    percent: float | None, is_charging: bool | None, grade: Grade
) -> None:
    answer = check_power(Vitals(battery_percent=percent, is_charging=is_charging))

    assert answer.grade is grade


@pytest.mark.parametrize(
    ("heat", "grade"), [(None, Grade.OK), (50, Grade.OK), (80, Grade.WARNING), (90, Grade.WRONG)]
)
def test_a_hot_board_is_said(heat: float | None, grade: Grade) -> None:
    assert check_temperature(Vitals(temperature_c=heat)).grade is grade


def test_a_key_that_others_may_read_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "ridge.key"
    file.write_text(KEY.hex())
    settings = settings_for(tmp_path, key=None, key_file=str(file))
    file.chmod(0o644)
    open_to_all = check_key(settings)
    file.chmod(0o600)
    own = check_key(settings)
    file.write_text("")
    empty = check_key(settings)

    assert [answer.grade for answer in (open_to_all, own, empty)] == [
        Grade.WARNING,
        Grade.OK,
        Grade.WRONG,
    ]
    assert open_to_all.advice == f"chmod 600 {file}"


def test_a_station_of_drills_is_never_mistaken_for_a_real_one(tmp_path: Path) -> None:
    assert check_purpose(settings_for(tmp_path, simulated=True)).grade is Grade.WARNING
    assert check_purpose(settings_for(tmp_path)).grade is Grade.OK


async def test_a_siren_is_looked_at_and_heard_only_on_request(tmp_path: Path) -> None:
    there = CommandSirenSettings(kind="command", command=("touch", str(tmp_path / "rang")))
    missing = CommandSirenSettings(kind="command", command=("/no/such/horn",))

    silent = await check_siren(there)
    assert not (tmp_path / "rang").exists()
    heard = await check_siren(there, sound=True)

    assert (tmp_path / "rang").exists()
    assert [silent.grade, heard.grade] == [Grade.OK, Grade.OK]
    assert (await check_siren(missing)).is_wrong
    assert (await check_siren(GpioSirenSettings(kind="gpio", pin=17))).is_wrong
    assert (await check_siren(None)).grade is Grade.OK
