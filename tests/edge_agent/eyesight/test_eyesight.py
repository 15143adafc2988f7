import logging
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge_agent.eyesight.memory import recall
from edge_agent.eyesight.rules import Finding
from tests.edge_agent.eyesight.scenes import (
    Change,
    Months,
    a_camera_that_knows_its_place,
    a_place,
    at_night,
    black,
    covered,
    foggy,
    half_covered,
    same,
    soft,
    turned,
)


@pytest.fixture(scope="session")
def known_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_camera_that_knows_its_place(tmp_path_factory.mktemp("known")).remembered()


@pytest.fixture
def months(known_place: Path, tmp_path: Path) -> Months:
    shutil.copy(known_place, tmp_path)
    return Months(tmp_path)


@pytest.mark.parametrize(
    ("change", "alarm"),
    [
        (covered, Finding.COVERED),
        (half_covered, Finding.COVERED),
        (soft, Finding.DEFOCUSED),
        (turned, Finding.MOVED),
        (black, Finding.DARK),
    ],
)
def test_a_camera_that_was_blinded_is_called_so_within_two_hours(
    months: Months, change: Change, alarm: Finding
) -> None:
    began_at = months.now

    assert months.pass_by(change, minutes=30) in (None, Finding.MOVED)
    assert months.pass_by(change, minutes=85) is alarm
    since = months.eyesight.sight.alarm_since
    assert since is not None
    assert since - began_at == timedelta(minutes=5), "since it began, not since it was believed"


def test_a_frozen_stream_is_found_although_its_clock_goes_on(months: Months) -> None:
    assert months.freeze(minutes=20) is Finding.STUCK


@pytest.mark.parametrize(
    ("change", "minutes"), [(foggy, 60), (covered, 45), (at_night, 600), (black, 30)]
)
def test_fog_a_beast_before_the_lens_a_night_and_a_short_dark_alarm_nobody(
    months: Months, change: Change, minutes: float
) -> None:
    assert months.pass_by(change, minutes=minutes) is None
    assert months.pass_by(same, minutes=60) is None


def test_a_camera_without_infrared_is_black_each_night_and_that_is_its_normal(
    tmp_path: Path,
) -> None:
    months = Months(tmp_path)
    for _ in range(4):
        assert months.pass_by(same, minutes=660, every_min=15) is None
        assert months.pass_by(black, minutes=780, every_min=15) is None

    assert months.pass_by(same, minutes=240) is None
    assert months.pass_by(black, minutes=120) is Finding.DARK, "at noon it is not"


def test_dusk_takes_the_light_and_not_the_camera(months: Months) -> None:
    for percent in range(100, 30, -2):

        def dimmer(view, share=percent / 100):  # type: ignore[no-untyped-def]
            return (view * share).astype("uint8")

        assert months.pass_by(dimmer, minutes=5) is None


def test_an_alarm_outlives_a_restart_and_ends_when_the_camera_sees_again(
    months: Months, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        months.pass_by(turned, minutes=60)
        months.restart()
        assert months.eyesight.sight.alarm is Finding.MOVED
        assert months.pass_by(turned, minutes=60) is Finding.MOVED
        assert months.pass_by(same, minutes=20) is None

    assert [message.split(" since")[0] for message in caplog.messages] == [
        "camera ridge-1 is blind: moved",
        "camera ridge-1 sees well again",
    ]


def test_a_view_that_nobody_put_right_for_a_week_becomes_the_normal(months: Months) -> None:
    assert months.pass_by(turned, minutes=6 * 1440, every_min=60) is Finding.MOVED
    assert months.pass_by(turned, minutes=3 * 1440, every_min=60) is None
    assert months.pass_by(same, minutes=120) is Finding.MOVED, "and the old one is the odd one"


def test_a_clock_that_jumps_by_a_day_makes_no_alarm_of_a_passing_lamp(months: Months) -> None:
    months.pass_by(turned, minutes=5)
    months.now += timedelta(days=1)
    assert months.pass_by(turned, minutes=5) is None
    months.now -= timedelta(days=2)
    assert months.pass_by(turned, minutes=5) is None


def test_restless_pictures_are_no_turned_camera(months: Months) -> None:
    """Each glimpse shows another place: beasts and lamps do that, a bent mast does not."""
    for seed in range(2, 14):
        other = a_place(seed=seed)
        assert months.pass_by(lambda _, other=other: other, minutes=5) is None  # type: ignore[misc]


@pytest.mark.parametrize("damage", [b"", b"{", b'{"version": 7}', b'{"version": 1}', b"\xff\xfe"])
def test_a_damaged_memory_is_learnt_again(months: Months, damage: bytes, tmp_path: Path) -> None:
    (file,) = tmp_path.glob("*.json")
    file.write_bytes(damage)

    months.restart()

    assert months.eyesight.sight.is_learning
    assert months.pass_by(same, minutes=150) is None
    assert not months.eyesight.sight.is_learning


def test_what_was_learnt_reads_back_the_same(months: Months, tmp_path: Path) -> None:
    months.pass_by(covered, minutes=100)
    (file,) = tmp_path.glob("*.json")
    memory = recall(file)

    assert memory.spell.alarm is Finding.COVERED
    assert {light.value: normal.is_known for light, normal in memory.normals.items()}["day"]
    assert file.stat().st_size < 60_000


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.glob("*.part")), "a half-written memory lies about"
