from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.training.dataset import DatasetError, format_labels, read_labels
from detector.training.sources.findings import Code
from detector.training.sources.label_file import read_label_file

words = st.one_of(
    st.sampled_from(["0", "1", "-1", "0.5", "0.25", "1.0", "nan", "inf", "1e-4", "2", "x", "٣"]),
    st.floats(0, 1).map(repr),
)
lines = st.lists(words, min_size=3, max_size=6).map(" ".join)


@given(st.lists(lines, max_size=4).map("\n".join))
def test_it_finds_fault_exactly_where_training_would_refuse(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_text(text, encoding="utf-8")
        boxes, findings = read_label_file(path, class_count=10)
        try:
            strict = read_labels(path)
        except DatasetError:
            strict = None

    faults = [one for one in findings if one.code is not Code.BOX_TWICE]
    assert (strict is None) == bool(faults)
    if strict is not None:
        assert tuple(boxes) == strict


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0 0.5 0.5 0.2", Code.LABEL_LINE),
        ("elephant 0.5 0.5 0.2 0.2", Code.LABEL_LINE),
        ("0 0.5 0.5 nan 0.2", Code.LABEL_LINE),
        ("0 0.95 0.5 0.2 0.2", Code.BOX_OUTSIDE),
        ("0 320 240 64 48", Code.BOX_OUTSIDE),  # pixels
        ("0 0.5 0.5 0 0.2", Code.BOX_EMPTY),
        ("4 0.5 0.5 0.2 0.2", Code.CLASS_UNKNOWN),
    ],
)
def test_a_bad_line_is_named_and_the_next_is_read(tmp_path: Path, line: str, code: Code) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"0 0.1 0.1 0.1 0.1\n{line}\n1 0.5 0.5 0.2 0.2\n")

    boxes, (finding,) = read_label_file(path, class_count=4)

    assert (finding.code, finding.line, finding.file) == (code, 2, str(path))
    assert [box.class_index for box in boxes] == [0, 1]


def test_the_same_box_twice_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n0 0.500001 0.5 0.2 0.2\n")

    boxes, findings = read_label_file(path, class_count=2)

    assert [(one.code, one.line) for one in findings] == [(Code.BOX_TWICE, 3)]
    assert len(boxes) == 3


def test_a_picture_without_labels_is_told_from_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")

    assert read_label_file(tmp_path / "empty.txt", 1) == ([], [])
    _, (finding,) = read_label_file(tmp_path / "missing.txt", 1)
    assert finding.code is Code.LABELS_MISSING


def test_what_training_writes_is_without_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("0 0.5 0.5 1 1\n0 0.1 0.9 0.2 0.2\n")
    boxes = read_labels(path)

    path.write_text(format_labels(boxes))

    assert read_label_file(path, 1) == (list(boxes), [])
