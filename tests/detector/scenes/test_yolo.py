import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.training.scenes.recipe import Kind, SceneLighting
from detector.training.scenes.truth import (
    AnimalTruth,
    Box,
    FrameTruth,
    SceneTruth,
    SequenceTruth,
    UnreadableTruthError,
)
from detector.training.scenes.yolo import (
    UnreadableLabelError,
    is_clear,
    label_lines,
    read_label_lines,
    write_yolo,
)

SHARE = st.floats(0.001, 0.5)
BOXES = st.lists(st.tuples(SHARE, SHARE, SHARE, SHARE), max_size=6)


def animal(kind: Kind = Kind.ELEPHANT, visible: float = 1.0, left: float = 0.2) -> AnimalTruth:
    box = (left, 0.3, 0.2, 0.4)
    return AnimalTruth(kind=kind, calf=False, box=box, whole_box=box, visible_fraction=visible)


def scenes_of(*frames: tuple[AnimalTruth, ...]) -> SceneTruth:
    written = [
        FrameTruth(file=f"images/x-{n:02d}.jpg", seconds=n, animals=animals)
        for n, animals in enumerate(frames)
    ]
    sequence = SequenceTruth(
        id="x",
        kind=Kind.ELEPHANT,
        lighting=SceneLighting.NIGHT_IR,
        herd_size=1,
        site_seed=1,
        cast_seed=1,
        frames=tuple(written),
    )
    return SceneTruth(width_px=640, height_px=480, strip_height_px=28, sequences=(sequence,))


def manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@given(boxes=BOXES)
def test_labels_round_trip(boxes: list[Box]) -> None:
    back = read_label_lines(label_lines(boxes))
    assert len(back) == len(boxes)
    for box, read in zip(boxes, back, strict=True):
        assert read == pytest.approx(box, abs=2e-6)


@given(text=st.text(alphabet="0123456789. -\nx", max_size=60))
def test_any_label_text_is_read_or_refused_by_name(text: str) -> None:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        assert len(read_label_lines(text)) == len(lines)
    except UnreadableLabelError as refused:
        complaint = str(refused)
        assert complaint.startswith("line ")


@pytest.mark.parametrize("line", ["0 0.5 0.5 0.1", "0 0.5 0.5 0.1 wide", "elephant"])
def test_a_line_that_is_no_label_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(UnreadableLabelError, match="line 2"):
        read_label_lines(f"0 0.5 0.5 0.1 0.1\n{line}\n")


def test_labels_say_what_the_truth_says(tmp_path: Path) -> None:
    truth = scenes_of((animal(), animal(Kind.PERSON)), ())
    assert write_yolo(tmp_path, truth) == 2
    first = read_label_lines((tmp_path / "labels/x-00.txt").read_text())
    assert first == [pytest.approx(truth.sequences[0].frames[0].animals[0].box, abs=2e-6)]
    assert (tmp_path / "labels/x-01.txt").read_text() == ""
    assert [row["n_boxes"] for row in manifest(tmp_path)] == ["1", "0"]


@pytest.mark.parametrize(
    ("animals", "clear"),
    [
        ((), True),
        ((animal(visible=0.03),), False),
        ((animal(), animal(visible=0.03)), False),
        ((animal(Kind.DEER, visible=0.03),), True),
    ],
)
def test_a_frame_with_a_barely_visible_elephant_teaches_nothing(
    animals: tuple[AnimalTruth, ...], *, clear: bool
) -> None:
    assert is_clear(FrameTruth(file="x.jpg", seconds=0, animals=animals)) is clear


@pytest.mark.parametrize(
    ("seen", "partial"),
    [(animal(), "0"), (animal(visible=0.6), "1"), (animal(left=0.0), "1")],
)
def test_covered_and_cut_elephants_are_partial(
    tmp_path: Path, seen: AnimalTruth, partial: str
) -> None:
    write_yolo(tmp_path, scenes_of((seen,)))
    assert manifest(tmp_path)[0]["partial"] == partial


def test_truth_is_read_as_it_was_written(tmp_path: Path) -> None:
    truth = scenes_of((animal(),))
    truth.write(tmp_path / "truth.json")
    assert SceneTruth.read(tmp_path / "truth.json") == truth


def test_a_truth_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text("{}")
    with pytest.raises(UnreadableTruthError, match="bad fields"):
        SceneTruth.read(tmp_path / "truth.json")
