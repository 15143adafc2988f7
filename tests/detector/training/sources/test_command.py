import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
from typer.testing import CliRunner

from detector.cli import app
from detector.training.dataset import read_dataset

AddPicture = Callable[..., Path]
runner = CliRunner()


def run(*words: object) -> tuple[int, str]:
    result = runner.invoke(app, ["dataset", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize("command", ["check", "import", "merge", "describe"])
def test_every_command_explains_itself(command: str) -> None:
    status, said = run(command, "-h")

    assert status == 0
    assert "Usage" in said


def test_a_check_ends_with_one_if_a_picture_leaks(tmp_path: Path, add_picture: AddPicture) -> None:
    first = add_picture(tmp_path, "a.jpg")
    assert run("check", tmp_path)[0] == 0
    copy = cv2.imread(str(first))
    assert copy is not None
    add_picture(tmp_path, "[b].jpg", pixels=copy[4:], split="val")

    status, said = run("check", tmp_path, "--json", tmp_path / "verdict.json")

    assert status == 1
    assert "near_duplicate" in said
    assert "[b].jpg" in said
    assert json.loads((tmp_path / "verdict.json").read_text())["errors"] == 1


def test_warnings_alone_do_not_fail(tmp_path: Path, add_picture: AddPicture) -> None:
    add_picture(tmp_path, "a.jpg", labels="0 0.5 0.5 1 1\n")

    status, said = run("check", tmp_path)

    assert status == 0
    assert "partial_unmarked" in said


def test_import_merge_describe_and_check_go_together(
    tmp_path: Path, add_picture: AddPicture, scene: Callable[..., Any]
) -> None:
    for number in range(6):
        cv2.imwrite(str(tmp_path / f"{number}.jpg"), scene(number))
    images = [{"id": n, "file_name": f"{n}.jpg", "location": n} for n in range(6)]
    marks = [{"image_id": n, "category_id": 1, "bbox": [32, 24, 64, 48]} for n in range(5)]
    document = {
        "images": images,
        "annotations": marks,
        "categories": [{"id": 1, "name": "elephant"}],
    }
    (tmp_path / "traps.json").write_text(json.dumps(document))
    add_picture(tmp_path / "own", "a.jpg")
    imported, both = tmp_path / "imported", tmp_path / "both"

    status, said = run("import", "coco-camera-traps", tmp_path / "traps.json", imported)
    assert status == 0, said
    assert "nobody has said what is in it" in said
    status, said = run("merge", tmp_path / "own", imported, both)
    assert status == 0, said
    assert "labels no person" in said
    assert run("check", both)[0] == 0
    assert run("describe", both, "--into", tmp_path / "cards")[0] == 0

    assert len(read_dataset(both)) == 6
    card = tomllib.loads((tmp_path / "cards/both/dataset.toml").read_text())
    assert card["counts"]["boxes"] == {"elephant": 6}


def test_each_source_gets_its_own_card(tmp_path: Path, add_picture: AddPicture) -> None:
    for name, source in (("a", "x/y"), ("b", "x/z"), ("c", "x/y")):
        add_picture(tmp_path / "set", f"{name}.jpg", source_repo=source)

    run("describe", tmp_path / "set", "--each-source", "--into", tmp_path / "cards")

    found = {path.parent.name for path in tmp_path.glob("cards/*/dataset.toml")}
    assert found == {"x-y", "x-z"}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["import", "coco", "{source}", "{full}"], "not an empty folder"),
        (["import", "coco", "{source}", "{new}", "--map", "gaur"], "NAME=LABEL"),
        (["import", "coco", "{source}", "{new}", "--map", "gaur=cow"], "one of"),
        (["import", "camtrap-dp", "{source}", "{new}"], "source.json"),
        (["merge", "{new}"], "at least one"),
        (["check", "{full}", "--json", "{new}/verdict.json"], "folder that exists"),
        (["describe", "{full}", "--into", "{new}"], "cannot be read"),
    ],
)
def test_what_cannot_begin_says_why_and_writes_nothing(
    tmp_path: Path, words: list[str], reason: str
) -> None:
    full, new, source = tmp_path / "full", tmp_path / "new", tmp_path / "source.json"
    full.mkdir()
    (full / "file").touch()
    source.write_text('{"images": [], "annotations": [], "categories": []}')

    status, said = run(*(word.format(full=full, new=new, source=source) for word in words))

    assert status == 2, said
    assert reason in said
    assert not new.exists()
