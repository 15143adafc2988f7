import asyncio
import os
import signal
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from edge_agent.cli import _run_until_signal, app
from edge_agent.drops.passwords import matches
from edge_agent.looking import Eye
from tests.edge_agent.builders import (
    KEY,
    FakeNetwork,
    an_elephant,
    pixels_of,
    settings_for,
    wait_until,
)

_CONFIG = f"""
site_id = "xishuangbanna"
station_id = "ridge"
key = "{KEY.hex()}"
state_dir = "state"
[broker]
port = 1
[model]
release = "unheard-of"
[[cameras]]
deployment_id = "ridge-1"
kind = "folder"
path = "footage"
"""


@pytest.mark.parametrize("command", ["run", "simulate", "check"])
@pytest.mark.parametrize(
    ("text", "words"), [(None, "cannot read"), (_CONFIG + "watsh = 1", "unknown key")]
)
def test_a_bad_config_is_one_sentence_and_no_traceback(
    tmp_path: Path, command: str, text: str | None, words: str
) -> None:
    config = tmp_path / "ridge.toml"
    if text is not None:
        config.write_text(text)

    result = CliRunner().invoke(app, [command, str(config)])

    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_release_that_is_not_there_is_said_before_anything_starts(tmp_path: Path) -> None:
    config = tmp_path / "ridge.toml"
    config.write_text(_CONFIG)

    result = CliRunner().invoke(app, ["run", str(config)])

    assert result.exit_code == 1
    assert "no release unheard-of" in result.stderr
    assert not (tmp_path / "state").exists()


def test_check_names_every_trouble_and_goes_on(tmp_path: Path) -> None:
    config = tmp_path / "ridge.toml"
    config.write_text(_CONFIG)

    result = CliRunner().invoke(app, ["check", str(config)])

    wrongs = [line for line in result.stdout.splitlines() if line.startswith("wrong")]
    subjects = [line.split()[1].rstrip(":") for line in wrongs]
    assert result.exit_code == 1
    assert subjects == ["model", "camera", "broker"]
    assert all("; " in line for line in wrongs), "each says what to do"


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(app, ["--help"])

    for command in ("run", "check", "simulate"):
        assert command in result.stdout


async def test_a_terminated_station_stops_in_peace_and_says_what_it_saw(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    (tmp_path / "footage").mkdir()
    cv2.imwrite(str(tmp_path / "footage/1.jpg"), pixels_of())
    eye = Eye(network := FakeNetwork(always=[an_elephant()]), network)

    running = asyncio.create_task(_run_until_signal(settings, eye))
    await asyncio.to_thread(wait_until, (tmp_path / "state/outbox.db").exists)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(20):
        summary = await running

    assert summary.keys() == {"frames", "broken", "detections", "unsent"}


def test_a_camera_s_password_is_shown_only_as_its_hash() -> None:
    result = CliRunner().invoke(app, ["password"], input="tusk\ntusk\n")

    line = result.stdout.split('password_hash = "')[1].split('"')[0]
    assert matches("tusk", line)
    assert "tusk" not in result.stdout


def test_a_bench_without_footage_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["bench", "--footage", str(tmp_path)])

    assert result.exit_code == 1
    assert "no footage" in result.stderr
