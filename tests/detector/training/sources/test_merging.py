from collections.abc import Callable
from pathlib import Path

from detector.training.dataset import label_path, read_dataset, read_labels
from detector.training.sources.check import check
from detector.training.sources.class_names import read_class_names
from detector.training.sources.findings import Code
from detector.training.sources.listing import list_folder
from detector.training.sources.merging import Merged, merge

AddPicture = Callable[..., Path]


def merged(out: Path, *folders: Path) -> Merged:
    return merge([list_folder(folder) for folder in folders], out)


def test_classes_are_matched_by_name_not_by_number(tmp_path: Path, add_picture: AddPicture) -> None:
    one, two, out = tmp_path / "one", tmp_path / "two", tmp_path / "out"
    add_picture(one, "a.jpg", labels="0 0.5 0.5 0.2 0.2\n")
    add_picture(two, "b.jpg", labels="0 0.5 0.5 0.2 0.2\n1 0.3 0.3 0.2 0.2\n2 0.3 0.3 0.2 0.2\n")
    (two / "classes.txt").write_text("human\nAsian Elephant\ntent\n")

    merged(out, one, two)

    assert read_class_names(out) == ("elephant", "person", "tent")
    boxes = {
        p.path.name: [box.class_index for box in read_labels(label_path(p.path))]
        for p in read_dataset(out)
    }
    assert boxes == {"a.jpg": [0], "b.jpg": [1, 0, 2]}
    assert check([list_folder(out)]).findings == ()


def test_equal_names_and_ids_of_two_sources_stay_apart(
    tmp_path: Path, add_picture: AddPicture
) -> None:
    one, two, out = tmp_path / "x" / "set", tmp_path / "y" / "set", tmp_path / "out"
    add_picture(one, "a.jpg", sequence_id="7", site="A")
    add_picture(two, "a.jpg", sequence_id="7", site="A", split="val")

    result = merged(out, one, two)

    assert check([list_folder(out)]).findings == ()
    assert sorted(p.path.name for p in read_dataset(out)) == ["a-2.jpg", "a.jpg"]
    assert dict(result.pictures) == {str(one): 1, str(two): 1}


def test_a_picture_with_bad_labels_is_left_out_and_named(
    tmp_path: Path, add_picture: AddPicture
) -> None:
    add_picture(tmp_path / "one", "good.jpg")
    add_picture(tmp_path / "one", "bad.jpg", labels="0 5 5 1 1\n")
    add_picture(tmp_path / "one", "gone.jpg").unlink()

    result = merged(tmp_path / "out", tmp_path / "one")

    assert [finding.code for finding in result.left_out] == [
        Code.BOX_OUTSIDE,
        Code.PICTURE_MISSING,
    ]
    assert [p.path.name for p in read_dataset(tmp_path / "out")] == ["good.jpg"]


def test_columns_that_we_do_not_know_survive(tmp_path: Path, add_picture: AddPicture) -> None:
    add_picture(tmp_path / "one", "a.jpg")
    manifest = tmp_path / "one/manifest.csv"
    head, row = manifest.read_text().splitlines()
    manifest.write_text(f"{head},moon\n{row},full\n")
    add_picture(tmp_path / "two", "b.jpg")

    merged(tmp_path / "out", tmp_path / "one", tmp_path / "two")

    rows = list_folder(tmp_path / "out").rows
    assert [row.cells["moon"] for row in rows] == ["full", ""]
