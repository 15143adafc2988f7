import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox, Detection, Label
from detector.pictures import Pixels
from detector.second_look import SecondLook, look_twice

LOOK = SecondLook(unsure_from=0.2, sure_from=0.9)
LEFT = BoundingBox(0.1, 0.2, 0.2, 0.4)
fractions = st.floats(0, 1, allow_nan=False)


def elephant(confidence: float, box: BoundingBox = LEFT) -> Detection:
    return Detection(Label.ELEPHANT, confidence, box)


def test_an_elephant_stays_one_in_the_mirror() -> None:
    (judged,) = LOOK.judge([elephant(0.5)], [elephant(0.5, LEFT.mirrored())])
    assert judged.confidence == pytest.approx(0.5)
    assert judged.box == LEFT


def test_a_claim_that_the_mirror_does_not_bear_out_is_hardly_believed() -> None:
    (judged,) = LOOK.judge([elephant(0.8)], [])
    assert judged.confidence < 0.1


def test_another_elephant_elsewhere_bears_out_nothing() -> None:
    (judged,) = LOOK.judge([elephant(0.8)], [elephant(0.8, LEFT)])
    assert judged.confidence < 0.1


def test_a_person_in_the_mirror_is_no_witness_for_an_elephant() -> None:
    person = Detection(Label.PERSON, 0.9, LEFT.mirrored())
    (judged,) = LOOK.judge([elephant(0.8)], [person])
    assert judged.confidence < 0.1


def test_what_is_no_elephant_or_beyond_doubt_is_not_judged_again() -> None:
    seen = [elephant(0.95), Detection(Label.PERSON, 0.5, LEFT)]
    assert not LOOK.is_wanted(seen)
    assert LOOK.judge(seen, []) == seen


@pytest.mark.parametrize(("confidence", "looks"), [(0.1, 1), (0.5, 2), (0.95, 1)])
def test_only_an_unsure_frame_costs_a_second_look(confidence: float, looks: int) -> None:
    looked: list[Pixels] = []

    def look(pixels: Pixels) -> list[Detection]:
        looked.append(pixels)
        return [elephant(confidence)]

    look_twice(np.zeros((4, 6, 3), np.uint8), look, LOOK, floor=0.05)
    assert len(looked) == looks


def test_the_second_look_is_at_the_mirror_image() -> None:
    frame = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)

    def look(pixels: Pixels) -> list[Detection]:
        is_mirrored = bool(np.array_equal(pixels, frame[:, ::-1]))
        return [elephant(0.4, LEFT.mirrored() if is_mirrored else LEFT)]

    (seen,) = look_twice(frame, look, LOOK, floor=0.3)
    assert seen.confidence == pytest.approx(0.4)


@given(fractions, fractions)
def test_two_looks_never_give_more_than_the_surer_of_them(first: float, second: float) -> None:
    (judged,) = LOOK.judge([elephant(first)], [elephant(second, LEFT.mirrored())])
    assert judged.confidence <= max(first, second) + 1e-9


@given(fractions, fractions)
def test_a_box_mirrored_twice_is_where_it_was(left: float, width: float) -> None:
    box = BoundingBox(left, 0.1, width, 0.2)
    twice = box.mirrored().mirrored()
    assert twice.left == pytest.approx(box.left, abs=1e-12)
    assert twice.width == box.width
