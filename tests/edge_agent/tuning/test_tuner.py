import errno
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from edge_agent.contracts.configuration import DesiredConfig, Outcome, ReportedConfig, Tunables
from edge_agent.contracts.messages import Lighting, StoredItem, StoredKind
from edge_agent.settings import StationSettings
from edge_agent.tuning.memory import TuningMemory
from edge_agent.tuning.rules import broker_of
from edge_agent.tuning.tuner import FILE_NAME, Tuner
from tests.edge_agent.builders import DUSK, settings_for

HIGHER = {"thresholds": {"day": 0.7}, "confirmation": {"needed": 3}}
ELSEWHERE = {"broker": {"host": "nowhere.example", "port": 9}}


class Station:
    """A tuner, what it reported and applied, and a clock that a test winds."""

    def __init__(self, settings: StationSettings) -> None:
        self.settings = settings
        self.now_s = 0.0
        self.reports: list[ReportedConfig] = []
        self.applied: list[Tunables] = []
        self.tuner = Tuner(settings, clock_s=lambda: self.now_s)
        self.tuner.begin(self.applied.append, self.reports.append)

    @property
    def last(self) -> tuple[int, Outcome, int]:
        """The answered version, what became of it, and the version that counts."""
        report = self.reports[-1]
        return report.answered_version, report.outcome, report.version

    def desire(self, version: int, settings: dict[str, Any]) -> None:
        self.tuner.desire(DesiredConfig(version=version, settings=settings).to_body())

    def hear(self, version: int) -> None:
        self.tuner.heard(StoredItem(kind=StoredKind.CONFIG, id=str(version)))

    def restarted(self) -> "Station":
        return Station(self.settings)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.tuner.check()

    def day_threshold(self, at: datetime = DUSK) -> float | None:
        return self.tuner.thresholds(at).get(Lighting.DAY)


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(settings_for(tmp_path))


def test_a_desired_config_counts_at_once_and_after_a_restart(station: Station) -> None:
    assert station.last == (0, Outcome.APPLIED, 0)

    station.desire(1, HIGHER)
    station.hear(1)

    again = station.restarted()
    again.wait(10_000)
    for one in (station, again):
        assert one.last == (1, Outcome.APPLIED, 1)
        assert one.day_threshold() == 0.7
        assert one.tuner.seeing(DUSK).confirmation.needed == 3
        assert one.reports[-1].effective["confirmation"] == {
            "needed": 3,
            "out_of": 4,
            "vouches_from": 1.0,
        }


def test_a_config_that_cannot_be_leaves_the_old_one_and_says_why(station: Station) -> None:
    station.desire(1, HIGHER)
    station.hear(1)

    station.desire(2, {"confirmation": {"needed": 50}})

    assert station.last == (2, Outcome.REFUSED, 1)
    assert "50 of 4 frames can never be seen" in station.reports[-1].reason
    assert station.day_threshold() == 0.7
    assert station.restarted().last == (2, Outcome.REFUSED, 1)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"cameras": {"ridge-9": {}}}, "cameras.ridge-9: this station has no such camera"),
        (
            {"cameras": {"ridge-1": {"motion": {"hold_s": 1}}}},
            "cameras.ridge-1.motion: a folder camera has no motion gate",
        ),
        (
            {
                "profiles": [
                    {"name": "night", "hours": [18, 6], "change": {"cameras": {"ridge-9": {}}}}
                ]
            },
            "cameras.ridge-9: this station has no such camera",
        ),
    ],
)
def test_what_this_station_does_not_have_cannot_be_tuned(
    station: Station, wish: dict[str, Any], words: str
) -> None:
    station.desire(1, wish)

    assert station.last == (1, Outcome.REFUSED, 0)
    assert station.reports[-1].reason == words


def test_an_older_version_is_ignored_and_a_doubled_one_only_answered_again(
    station: Station,
) -> None:
    station.desire(5, HIGHER)
    station.hear(5)
    said = len(station.reports)

    station.desire(4, {"thresholds": {"day": 0.1}})
    assert len(station.reports) == said

    station.desire(5, {"thresholds": {"day": 0.1}})
    assert station.last == (5, Outcome.APPLIED, 5)
    assert (station.day_threshold(), len(station.reports)) == (0.7, said + 1)


def test_an_empty_config_goes_back_to_the_stations_own_file(station: Station) -> None:
    station.desire(1, HIGHER)
    station.hear(1)
    station.desire(2, {})

    assert station.day_threshold() is None
    assert station.last == (2, Outcome.APPLIED, 2)


def test_a_config_that_cuts_the_station_off_is_undone(station: Station) -> None:
    station.desire(1, HIGHER)
    station.hear(1)
    station.desire(2, ELSEWHERE)
    assert broker_of(station.settings, station.applied[-1]).host == "nowhere.example"

    station.hear(1)  # late, and of the config before: no proof
    station.wait(599)
    assert station.last == (2, Outcome.APPLIED, 2)
    station.wait(2)

    assert station.last == (2, Outcome.ROLLED_BACK, 1)
    assert station.reports[-1].reason == "the server was not heard within 600 s of applying it"
    assert broker_of(station.settings, station.applied[-1]) == station.settings.broker
    assert station.day_threshold() == 0.7
    station.desire(2, ELSEWHERE)
    assert station.last == (2, Outcome.ROLLED_BACK, 1), "the retained order comes again"


def test_a_power_cut_while_a_config_is_tried_neither_keeps_nor_loses_it(station: Station) -> None:
    station.desire(1, ELSEWHERE)

    again = station.restarted()
    assert again.last == (1, Outcome.APPLIED, 1)
    again.wait(601)

    assert again.last == (1, Outcome.ROLLED_BACK, 0)
    assert station.restarted().last == (1, Outcome.ROLLED_BACK, 0)


def test_a_config_under_which_the_station_never_stays_up_is_undone(station: Station) -> None:
    station.desire(1, HIGHER)

    lives = [station.restarted() for _ in range(4)]

    assert [life.last[1] for life in lives] == [Outcome.APPLIED] * 3 + [Outcome.ROLLED_BACK]
    assert lives[-1].reports[-1].reason == (
        "the station restarted 3 times before the server was heard"
    )
    assert lives[-1].day_threshold() is None


def test_a_config_that_cannot_be_written_down_is_not_applied(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TuningMemory, "write", full)

    station.desire(1, HIGHER)

    assert station.last == (1, Outcome.REFUSED, 0)
    assert "No space left on device" in station.reports[-1].reason
    assert station.day_threshold() is None


def test_a_memory_that_is_cut_short_gives_the_stations_own_file_loudly(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    station.desire(1, HIGHER)
    path = station.settings.state_dir / FILE_NAME
    path.write_bytes(path.read_bytes()[:-9])

    with caplog.at_level(logging.ERROR):
        again = station.restarted()

    assert again.last == (0, Outcome.APPLIED, 0)
    assert "cannot be read, the station's own file counts" in caplog.text


def test_a_kept_config_that_fits_the_changed_file_no_more_gives_way(
    station: Station, tmp_path: Path
) -> None:
    station.desire(1, {"cameras": {"ridge-1": {"exclude": [[[0, 0], [1, 0], [1, 1]]]}}})
    station.hear(1)
    camera = {"kind": "folder", "deployment_id": "ridge-2", "path": str(tmp_path)}

    changed = Station(settings_for(tmp_path, cameras=[camera]))

    assert changed.tuner.seeing(DUSK).cameras["ridge-2"].exclude == ()


def test_what_is_no_desired_config_changes_nothing(station: Station) -> None:
    station.tuner.desire(b"{")
    station.tuner.desire(b'{"version": 0}')

    assert len(station.reports) == 1


def test_a_cameras_own_threshold_is_stricter_than_the_stations(station: Station) -> None:
    (camera,) = station.settings.cameras
    own = {"cameras": {camera.deployment_id: {"thresholds": {"night_ir": 0.8}}}}

    station.desire(1, HIGHER | own)

    tuner = station.tuner
    assert tuner.thresholds(DUSK, camera.deployment_id) == {"day": 0.7, "night_ir": 0.8}
    assert tuner.thresholds(DUSK, "another") == {"day": 0.7}
