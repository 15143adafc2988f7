from pathlib import Path

import pytest

from detector.release import Precision
from edge_agent.camera_settings import FolderCameraSettings, VideoCameraSettings
from edge_agent.settings import SettingsError, StationSettings
from tests.edge_agent.builders import KEY

_PLAIN = f"""
site_id = "xishuangbanna"
station_id = "ridge"
key = "{KEY.hex()}"
state_dir = "state/ridge"
[[cameras]]
deployment_id = "ridge-1"
kind = "folder"
path = "footage"
"""
_DRILL = """
[[cameras]]
deployment_id = "ridge-2"
kind = "simulated"
path = "drill"
"""


_DROP = f"""
[[cameras]]
deployment_id = "hill"
kind = "ftp"
username = "cam-1"
password_hash = "scrypt${"0" * 32}${"0" * 64}"
"""


def read(tmp_path: Path, text: str, *, simulated: bool = False) -> StationSettings:
    path = tmp_path / "ridge.toml"
    path.write_text(text)
    return StationSettings.from_file(path, simulated=simulated)


def test_paths_are_relative_to_the_config_file(tmp_path: Path) -> None:
    settings = read(tmp_path, _PLAIN)

    assert settings.state_dir == tmp_path / "state/ridge"
    (camera,) = settings.cameras
    assert isinstance(camera, FolderCameraSettings)
    assert camera.path == tmp_path / "footage"


def test_a_streams_address_is_no_path(tmp_path: Path) -> None:
    text = _PLAIN.replace('"folder"', '"video"')
    (stream,) = read(tmp_path, text.replace('"footage"', '"rtsp://camera/1"')).cameras
    (file,) = read(tmp_path, text).cameras

    assert isinstance(stream, VideoCameraSettings)
    assert isinstance(file, VideoCameraSettings)
    assert (stream.is_stream, stream.path) == (True, "rtsp://camera/1")
    assert (file.is_stream, file.path) == (False, str(tmp_path / "footage"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (_PLAIN + "watsh = true", "unknown key cameras.0.folder.watsh"),
        (_PLAIN + "[brocker]\nport = 1", "unknown key brocker"),
        (_PLAIN.replace("station_id", "# station_id"), "missing key station_id"),
        (_PLAIN.replace('"ridge"', '"Ridge 1"'), "station_id"),
        (_PLAIN.replace("key =", "# key ="), "give either key_file or key"),
        (_PLAIN.replace(KEY.hex(), "00ff"), "holds 2 bytes; a station's key has 32"),
        (_PLAIN.replace(KEY.hex(), "secret"), "holds no hexadecimal digits"),
        (_PLAIN.replace(f'key = "{KEY.hex()}"', 'key_file = "no.key"'), "no.key"),
        (_PLAIN + _DRILL, "ridge-2 replays drawn footage: set simulated = true"),
        (_PLAIN + _DRILL.replace("ridge-2", "ridge-1"), "two cameras have the same"),
        (_PLAIN + "[confirmation]\nneeded = 5\nout_of = 4", "5 of 4 frames can never be seen"),
        (_PLAIN + "watch = true\nloop = true", "not both"),
        (_PLAIN + _DROP + "times = ['%d %B']", "%B is none of"),
        (_PLAIN + _DROP + "times = ['%Y']", "names no day"),
        (_PLAIN + _DROP + _DROP.replace("hill", "hill-2"), "the same username"),
        (_PLAIN + _DROP.replace("scrypt$", "plain$"), "trunkline-station password"),
        (_PLAIN + _DROP.replace("cam-1", "../x"), "username"),
        (_PLAIN + "[ftp]\npassive_ports = [60000, 50000]", "the first and the last"),
        (_PLAIN + "exclude = [[[0, 0], [1, 1]]]", "exclude.0"),
        (_PLAIN + "exclude = [[[0, 0], [1, 1], [0, 1.1]]]", "exclude.0.2.1"),
        (_PLAIN + "looks_deg = 'north'", "looks_deg"),
        (_PLAIN + "motion = {}", "unknown key cameras.0.folder.motion"),
        ("= no TOML", "is no TOML file"),
        (_PLAIN.split("[[", maxsplit=1)[0], "missing key cameras"),
    ],
)
def test_every_mistake_is_named(tmp_path: Path, wrong: str, words: str) -> None:
    with pytest.raises(SettingsError) as told:
        read(tmp_path, wrong)

    assert words in str(told.value)


def test_no_error_and_no_print_shows_the_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as told:
        read(tmp_path, _PLAIN + "watsh = true")

    assert KEY.hex() not in str(told.value)
    assert KEY.hex() not in repr(read(tmp_path, _PLAIN))


def test_a_rehearsal_marks_everything_as_a_drill(tmp_path: Path) -> None:
    assert read(tmp_path, _PLAIN + _DRILL, simulated=True).simulated


def test_a_key_file_may_end_in_a_line_feed(tmp_path: Path) -> None:
    (tmp_path / "ridge.key").write_text(KEY.hex() + "\n")
    text = _PLAIN.replace(f'key = "{KEY.hex()}"', 'key_file = "ridge.key"')

    assert read(tmp_path, text).station_key() == KEY


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read .*nowhere\.toml"):
        StationSettings.from_file(tmp_path / "nowhere.toml")


def test_a_station_computes_finely_unless_told_otherwise(tmp_path: Path) -> None:
    assert read(tmp_path, _PLAIN).model.precision is Precision.FP32
    quick = _PLAIN.replace("[[cameras]]", '[model]\nprecision = "int8"\n[[cameras]]')
    assert read(tmp_path, quick).model.precision is Precision.INT8

    with pytest.raises(SettingsError, match=r"model\.precision"):
        read(tmp_path, quick.replace("int8", "int4"))
