import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detector.pictures import Pixels
from detector.training.dataset import read_dataset
from detector.training.sources.check import Verdict, check
from detector.training.sources.findings import Code
from detector.training.sources.listing import list_folder

AddPicture = Callable[..., Path]
DrawScene = Callable[..., Pixels]


def verdict_on(*folders: Path) -> Verdict:
    return check([list_folder(folder) for folder in folders], threads=2)


def codes(verdict: Verdict) -> list[Code]:
    return [finding.code for finding in verdict.findings]


def test_a_sound_dataset_is_said_to_be_sound(tmp_path: Path, add_picture: AddPicture) -> None:
    for number in range(3):
        add_picture(tmp_path, f"{number}.jpg", sequence_id="a", site="ridge", n_boxes="1")
    add_picture(tmp_path, "empty.jpg", labels="", split="val", sequence_id="b", n_boxes="0")

    verdict = verdict_on(tmp_path)

    assert verdict.findings == ()
    assert verdict.groups["train", "day"] == {"pictures": 3, "empty": 0, "elephant boxes": 3}
    assert verdict.groups["val", "day"] == {"pictures": 1, "empty": 1}
    assert len(read_dataset(tmp_path)) == 4  # and training agrees


def test_one_broken_picture_stops_nothing(tmp_path: Path, add_picture: AddPicture) -> None:
    for number in range(3):
        add_picture(tmp_path, f"{number}.jpg", sequence_id=str(number))
    broken = tmp_path / "train/images/1.jpg"
    broken.write_bytes(broken.read_bytes()[:-2000])

    verdict = verdict_on(tmp_path)

    (finding,) = verdict.findings
    assert (finding.code, finding.file) == (Code.PICTURE_BROKEN, str(broken))
    assert "cut short" in finding.message
    assert verdict.pictures == 3


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"lighting": "dusk"}, Code.ROW_UNREADABLE),
        ({"partial": "yes"}, Code.ROW_UNREADABLE),
        ({"split": ""}, Code.ROW_UNREADABLE),
        ({"n_boxes": "many"}, Code.ROW_UNREADABLE),
        ({"n_boxes": "2"}, Code.BOX_COUNT),
        ({"labels": "0 0.1 0.5 0.2 0.2\n"}, Code.PARTIAL_UNMARKED),
        ({"labels": None}, Code.LABELS_MISSING),
    ],
)
def test_a_bad_row_is_named_with_its_line(
    tmp_path: Path, add_picture: AddPicture, cells: dict[str, str], code: Code
) -> None:
    add_picture(tmp_path, "good.jpg")
    add_picture(tmp_path, "bad.jpg", **cells)

    found = {finding.code: finding for finding in verdict_on(tmp_path).findings}

    assert code in found
    assert found[code].line == 3 or "bad.txt" in found[code].file


def test_every_bad_row_is_named_not_only_the_first(tmp_path: Path, add_picture: AddPicture) -> None:
    for number in range(4):
        add_picture(tmp_path, f"{number}.jpg", lighting="dusk" if number % 2 else "day")

    verdict = verdict_on(tmp_path)

    bad = [f.line for f in verdict.findings if f.code is Code.ROW_UNREADABLE]
    assert bad == [3, 5]
    assert verdict.pictures == 2


def test_what_lies_about_unlisted_is_found(tmp_path: Path, add_picture: AddPicture) -> None:
    add_picture(tmp_path, "a.jpg")
    gone = add_picture(tmp_path, "gone.jpg")
    gone.unlink()
    (tmp_path / "train/labels/orphan.txt").write_text("")
    (tmp_path / "train/images/stray.png").write_bytes(
        (tmp_path / "train/images/a.jpg").read_bytes()
    )

    found = codes(verdict_on(tmp_path))

    assert found.count(Code.PICTURE_MISSING) == 1
    assert found.count(Code.PICTURE_UNLISTED) == 1
    # the label files of gone.jpg (listed, but not there) and of nobody
    assert found.count(Code.LABELS_ORPHANED) == 2


def test_two_pictures_cannot_share_a_label_file(tmp_path: Path, add_picture: AddPicture) -> None:
    add_picture(tmp_path, "a.jpg", sequence_id="1")
    add_picture(tmp_path, "a.png", sequence_id="2")

    assert Code.LABELS_SHARED in codes(verdict_on(tmp_path))


def test_a_picture_listed_twice_is_found(tmp_path: Path, add_picture: AddPicture) -> None:
    add_picture(tmp_path, "a.jpg")
    add_picture(tmp_path, "a.jpg")

    assert codes(verdict_on(tmp_path)) == [Code.LISTED_TWICE]


def test_a_row_cannot_point_out_of_its_folder(tmp_path: Path, add_picture: AddPicture) -> None:
    folder = tmp_path / "set"
    add_picture(folder, "a.jpg")
    add_picture(folder, "../../../secret.jpg")

    verdict = verdict_on(folder)

    assert Code.ROW_UNREADABLE in codes(verdict)
    assert verdict.pictures == 1


@pytest.mark.parametrize(
    ("column", "code"), [("sequence_id", Code.SEQUENCE_LEAK), ("site", Code.SITE_LEAK)]
)
def test_a_group_in_two_splits_is_a_leak(
    tmp_path: Path, add_picture: AddPicture, column: str, code: Code
) -> None:
    add_picture(tmp_path, "a.jpg", **{column: "ridge"})
    add_picture(tmp_path, "b.jpg", split="val", **{column: "ridge"})

    (finding,) = verdict_on(tmp_path).findings

    assert finding.code is code
    assert "ridge" in finding.message
    assert "train/images/a.jpg" in finding.message


def test_equal_names_in_two_folders_are_different_groups(
    tmp_path: Path, add_picture: AddPicture
) -> None:
    add_picture(tmp_path / "one", "a.jpg", sequence_id="1", site="A")
    add_picture(tmp_path / "two", "b.jpg", split="val", sequence_id="1", site="A")

    assert verdict_on(tmp_path / "one", tmp_path / "two").findings == ()


def test_a_mirrored_crop_leaks_from_one_folder_into_another(
    tmp_path: Path, add_picture: AddPicture, scene: DrawScene
) -> None:
    original = scene(5)
    copy = np.ascontiguousarray(original[8:-8, ::-1][:, 8:-8])
    add_picture(tmp_path / "one", "a.jpg", pixels=original)
    add_picture(tmp_path / "two", "b.jpg", pixels=copy, split="val")

    (finding,) = verdict_on(tmp_path / "one", tmp_path / "two").findings

    assert finding.code is Code.NEAR_DUPLICATE
    assert "mirrored" in finding.message


def test_even_a_black_picture_leaks_if_its_bytes_are_the_same(
    tmp_path: Path, add_picture: AddPicture
) -> None:
    black = np.zeros((64, 64, 3), np.uint8)
    for split in ("train", "val"):
        add_picture(tmp_path, f"{split}.jpg", labels="", pixels=black, split=split)

    assert codes(verdict_on(tmp_path)) == [Code.NEAR_DUPLICATE]


def test_a_copy_in_two_splits_is_named_once(
    tmp_path: Path, add_picture: AddPicture, scene: DrawScene
) -> None:
    for split in ("train", "val"):
        add_picture(tmp_path, f"{split}.jpg", pixels=scene(1), split=split)

    assert codes(verdict_on(tmp_path)) == [Code.NEAR_DUPLICATE]


def test_the_same_bytes_twice_in_one_split_are_a_warning(
    tmp_path: Path, add_picture: AddPicture, scene: DrawScene
) -> None:
    for name in ("a.jpg", "b.jpg"):
        add_picture(tmp_path, name, pixels=scene(1))

    verdict = verdict_on(tmp_path)

    assert codes(verdict) == [Code.SAME_BYTES]
    assert verdict.errors == []


@pytest.mark.parametrize(
    ("manifest", "line"),
    [
        (None, None),
        (b"\xff\xfe\x00binary", None),
        (b"file,split\n", 1),
        (b"", 1),
        (b'file,split,lighting,partial,sequence_id,source_repo,licence\n"a.jpg,train', 2),
    ],
)
def test_a_manifest_that_is_none_is_one_finding(
    tmp_path: Path, manifest: bytes | None, line: int | None
) -> None:
    if manifest is not None:
        (tmp_path / "manifest.csv").write_bytes(manifest)

    (finding,) = verdict_on(tmp_path).findings

    assert (finding.code, finding.line) == (Code.MANIFEST_UNREADABLE, line)


def test_rows_above_a_stray_quote_are_read(tmp_path: Path, add_picture: AddPicture) -> None:
    add_picture(tmp_path, "a.jpg")
    with (tmp_path / "manifest.csv").open("a") as file:
        file.write('"train/images/b.jpg" x,train\n')

    verdict = verdict_on(tmp_path)

    assert [(one.code, one.line) for one in verdict.findings] == [(Code.MANIFEST_UNREADABLE, 3)]
    assert verdict.pictures == 1


def test_classes_are_known_by_the_folders_own_file(tmp_path: Path, add_picture: AddPicture) -> None:
    add_picture(tmp_path, "a.jpg", labels="2 0.5 0.5 0.2 0.2\n")
    assert codes(verdict_on(tmp_path)) == [Code.CLASS_UNKNOWN]

    (tmp_path / "classes.txt").write_text("elephant\nperson\nvehicle\n")

    verdict = verdict_on(tmp_path)
    assert verdict.findings == ()
    assert verdict.groups["train", "day"]["vehicle boxes"] == 1


def test_the_json_holds_every_finding(tmp_path: Path, add_picture: AddPicture) -> None:
    for number in range(9):
        add_picture(tmp_path, f"{number}.jpg", n_boxes="7")

    said = json.loads(json.dumps(verdict_on(tmp_path).as_json()))

    assert (said["errors"], said["warnings"], said["pictures"]) == (9, 0, 9)
    assert said["counts"] == {"box_count": 9}
    assert [one["line"] for one in said["findings"]] == list(range(2, 11))
    assert {one["severity"] for one in said["findings"]} == {"error"}
