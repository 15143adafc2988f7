import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from detector.training.scenes import command
from detector.training.scenes.truth import SceneTruth

app = typer.Typer()
app.command()(command.scenes)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200", "NO_COLOR": "1"})
    return result.exit_code, result.output


def test_the_command_is_imported_without_numba() -> None:
    code = (
        "import sys; sys.modules['numba'] = None; sys.modules['cv2'] = None;"
        "import detector.training.scenes.command"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_the_renderer_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "NEEDED", ("a_module_nobody_has",))
    status, said = run(str(tmp_path / "out"))
    assert status == 1
    assert "pip install 'trunkline[train]'" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("size", ["640", "640x", "9x9", "20x20", "axb"])
def test_a_size_that_is_none_is_refused(tmp_path: Path, size: str) -> None:
    status, said = run(str(tmp_path), "--size", size)
    assert status == 2
    assert "--size" in said


def test_a_recipe_that_is_missing_is_refused(tmp_path: Path) -> None:
    status, said = run(str(tmp_path), "--recipe", str(tmp_path / "nowhere.toml"))
    assert status == 2
    assert "nowhere.toml" in said


def test_pictures_labels_and_truth_agree(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    words = ("--sequences", "2", "--frames", "2", "--kind", "elephant", "--size", "160x120")
    status, said = run(str(tmp_path), *words, "--supersampling", "1", "--seed", "3", "--yolo")
    assert status == 0, said
    truth = SceneTruth.read(tmp_path / "truth.json")
    pictures = {path.stem for path in (tmp_path / "images").iterdir()}
    labels = {path.stem for path in (tmp_path / "labels").iterdir()}
    assert pictures == labels
    assert pictures == {Path(f.file).stem for s in truth.sequences for f in s.frames}
    assert 1 <= len(pictures) <= 4
