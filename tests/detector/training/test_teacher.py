from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from detector.training.dataset import LabelledBox, format_labels, read_labels
from detector.training.teacher import ELEPHANT, merge, teach

COW, PERSON, CAR = 19, 0, 2
MARKED = LabelledBox.from_corners(ELEPHANT, 0.2, 0.2, 0.6, 0.6)


def test_an_elephant_that_only_the_teacher_sees_is_not_believed() -> None:
    assert merge([], [LabelledBox.from_corners(ELEPHANT, 0.1, 0.1, 0.4, 0.4)]) == []


def test_a_cow_inside_an_elephant_is_that_elephant() -> None:
    cow = LabelledBox.from_corners(COW, 0.22, 0.25, 0.62, 0.6)

    assert merge([MARKED], [cow]) == [MARKED]


def test_a_car_beside_an_elephant_stays_a_car() -> None:
    car = LabelledBox.from_corners(CAR, 0.5, 0.4, 0.9, 0.6)  # a quarter behind the elephant

    assert merge([MARKED], [car]) == [MARKED, car]


def test_a_big_box_around_an_elephant_is_something_else() -> None:
    lorry = LabelledBox.from_corners(7, 0.0, 0.0, 1.0, 1.0)

    assert merge([MARKED], [lorry]) == [MARKED, lorry]


@given(st.lists(st.integers(0, 79), max_size=6))
def test_whatever_the_teacher_says_marked_elephants_stay(indices: list[int]) -> None:
    seen = [LabelledBox.from_corners(index, 0.7, 0.7, 0.9, 0.9) for index in indices]

    merged = merge([MARKED], seen)

    assert [box for box in merged if box.class_index == ELEPHANT] == [MARKED]


def test_teaching_twice_adds_nothing_twice(tmp_path: Path) -> None:
    labels = tmp_path / "a.txt"
    labels.write_text(format_labels([MARKED]))
    person = LabelledBox.from_corners(PERSON, 0.8, 0.5, 0.9, 0.9)
    pairs = [(tmp_path / "a.jpg", labels)]

    added = [teach(pairs, lambda _: [person]) for _ in range(2)]

    assert added == [1, 1]
    assert [box.class_index for box in read_labels(labels)] == [ELEPHANT, PERSON]
