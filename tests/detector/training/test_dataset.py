import csv
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.training.dataset import (
    DatasetError,
    LabelledBox,
    format_labels,
    label_path,
    read_dataset,
    read_labels,
)

ROW = {
    "file": "images/a.jpg",
    "split": "train",
    "lighting": "day",
    "partial": "0",
    "sequence_id": "walk",
    "source_repo": "ours",
    "licence": "CC0-1.0",
}
ONE_ELEPHANT = "0 0.5 0.5 0.2 0.4\n"


def a_dataset(folder: Path, *rows: dict[str, str], labels: str = ONE_ELEPHANT) -> Path:
    (folder / "images").mkdir(exist_ok=True)
    (folder / "labels").mkdir(exist_ok=True)
    for row in rows:
        if not row["file"].endswith("gone.jpg"):
            cv2.imwrite(str(folder / row["file"]), np.zeros((8, 8, 3), np.uint8))
        label_path(folder / row["file"]).write_text(labels)
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_an_empty_label_file_means_no_elephant(tmp_path: Path) -> None:
    (picture,) = read_dataset(a_dataset(tmp_path, ROW, labels=""))

    assert not picture.has_elephant


def test_a_person_is_no_elephant_whatever_the_number(tmp_path: Path) -> None:
    folder = a_dataset(tmp_path, ROW, labels="0 0.2 0.2 0.1 0.1\n1 0.5 0.5 0.2 0.4\n")
    (folder / "classes.txt").write_text("person\nelephant\n")

    (picture,) = read_dataset(folder)

    assert [box.corners for box in picture.boxes] == [pytest.approx((0.4, 0.3, 0.6, 0.7))]


def test_a_class_list_that_is_none_is_named(tmp_path: Path) -> None:
    folder = a_dataset(tmp_path, ROW)
    (folder / "classes.txt").write_text("")

    with pytest.raises(DatasetError, match=r"classes\.txt: names no class"):
        read_dataset(folder)


def test_a_split_keeps_only_its_own(tmp_path: Path) -> None:
    other = ROW | {"file": "images/b.jpg", "split": "val", "sequence_id": "drink"}

    (picture,) = read_dataset(a_dataset(tmp_path, ROW, other), split="val")

    assert picture.path.name == "b.jpg"
    assert picture.boxes[0].corners == pytest.approx((0.4, 0.3, 0.6, 0.7))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"file": "images/gone.jpg"}, "line 2: there is no picture 'images/gone.jpg'"),
        ({"lighting": "dusk"}, "line 2: lighting 'dusk'"),
        ({"partial": "perhaps"}, "line 2: partial is 'perhaps'"),
    ],
)
def test_a_broken_row_is_named_with_its_line(
    tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(DatasetError, match=said):
        read_dataset(a_dataset(tmp_path, ROW | wrong))


@pytest.mark.parametrize(
    "line",
    ["0 0.5 0.5 0.2", "0 0.5 0.5 0.2 x", "0 0.9 0.5 0.4 0.2", "0 .5 .5 0 .1", "-1 .5 .5 .1 .1"],
)
def test_a_line_that_is_no_box_stops_with_file_and_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(DatasetError, match=r"a\.txt, line 1"):
        read_dataset(a_dataset(tmp_path, ROW, labels=line))


def test_a_sequence_in_two_splits_would_measure_what_was_trained_on(tmp_path: Path) -> None:
    other = ROW | {"file": "images/b.jpg", "split": "val"}

    with pytest.raises(DatasetError, match="sequence walk lies in"):
        read_dataset(a_dataset(tmp_path, ROW, other))


def test_a_picture_listed_twice_would_count_twice(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"line 3: images/a\.jpg is listed twice"):
        read_dataset(a_dataset(tmp_path, ROW, ROW))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    without = {name: value for name, value in ROW.items() if name != "licence"}

    with pytest.raises(DatasetError, match="no column licence"):
        read_dataset(a_dataset(tmp_path, without))


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"manifest\.csv: cannot be read"):
        read_dataset(tmp_path)


fractions = st.floats(0.0, 1.0, width=32)


@given(st.integers(0, 79), fractions, fractions, fractions, fractions)
def test_corners_survive_the_way_to_centre_and_back(
    index: int, x1: float, y1: float, x2: float, y2: float
) -> None:
    left, right = sorted((x1, x2))
    top, bottom = sorted((y1, y2))

    box = LabelledBox.from_corners(index, left, top, right, bottom)

    assert box.corners == pytest.approx((left, top, right, bottom), abs=1e-9)


@st.composite
def boxes(draw: st.DrawFn) -> LabelledBox:
    left, top = draw(st.floats(0, 0.8)), draw(st.floats(0, 0.8))
    width, height = draw(st.floats(0.001, 0.2)), draw(st.floats(0.001, 0.2))
    return LabelledBox.from_corners(draw(st.integers(0, 79)), left, top, left + width, top + height)


@given(st.lists(boxes(), max_size=5))
def test_labels_survive_the_way_to_disk_and_back(
    tmp_path_factory: pytest.TempPathFactory, written: list[LabelledBox]
) -> None:
    path = tmp_path_factory.mktemp("labels") / "a.txt"
    path.write_text(format_labels(written))

    read = read_labels(path)

    assert [box.class_index for box in read] == [box.class_index for box in written]
    for box, other in zip(read, written, strict=True):
        assert box.corners == pytest.approx(other.corners, abs=2e-6)


@given(st.text(max_size=60))
def test_no_label_text_gets_through_but_boxes(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("labels") / "a.txt"
    path.write_text(text, encoding="utf-8")

    with suppress(DatasetError):
        assert all(box.width > 0 and box.height > 0 for box in read_labels(path))
