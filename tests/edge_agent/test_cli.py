from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from tests.edge_agent.builders import KEY

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

    troubles = [line for line in result.stdout.splitlines() if line.startswith("trouble")]
    subjects = [line.split()[1].rstrip(":") for line in troubles]
    assert result.exit_code == 1
    assert subjects == ["model", "camera", "broker"]


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(app, ["--help"])

    for command in ("run", "check", "simulate"):
        assert command in result.stdout
