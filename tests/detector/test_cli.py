import subprocess
import sys

import pytest
from typer.testing import CliRunner

from detector.cli import app

runner = CliRunner()
COMMANDS = ["detect", "evaluate", "bench", "scenes", "train", "export", "quantise"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    overview = runner.invoke(app, ["--help"])
    shown = runner.invoke(app, [command, "-h"])

    assert command in overview.output
    assert shown.exit_code == 0, shown.output
    assert "Usage" in shown.output


def test_an_unknown_command_is_an_error() -> None:
    assert runner.invoke(app, ["defect"]).exit_code == 2


def test_a_station_needs_nothing_of_the_training_to_look() -> None:
    heavy = ("torch", "torchvision", "ultralytics", "numba", "onnx")
    question = f"import sys, detector.cli; print([m for m in {heavy} if m in sys.modules])"

    answer = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "[]"
