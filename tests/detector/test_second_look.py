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
    (judged,) = LOOK.judge([elephant(0.5)], [elephant(0.5)])
    assert judged.confidence == pytest.approx(0.5)
    assert judged.box == LEFT


def test_a_claim_that_the_mirror_does_not_bear_out_is_hardly_believed() -> None:
    (judged,) = LOOK.judge([elephant(0.8)], [])
    assert judged.confidence < 0.1


def test_another_elephant_elsewhere_bears_out_nothing() -> None:
    (judged,) = LOOK.judge([elephant(0.8)], [elephant(0.8, LEFT.mirrored())])
    assert judged.confidence < 0.1


def test_a_person_in_the_mirror_is_no_witness_for_an_elephant() -> None:
    person = Detection(Label.PERSON, 0.9, LEFT)
    (judged,) = LOOK.judge([elephant(0.8)], [person])
    assert judged.confidence < 0.1


def test_what_is_no_elephant_or_beyond_doubt_is_not_judged_again() -> None:
    seen = [elephant(0.95), Detection(Label.PERSON, 0.5, LEFT)]
    assert not LOOK.is_wanted(seen)
    assert LOOK.judge(seen, []) == seen


class Looker:
    """Sees one elephant, more or less clearly, in a frame and in its mirror image."""

    def __init__(self, frame: Pixels, plain: float, mirrored: float) -> None:
        self.frame, self.plain, self.mirrored = frame, plain, mirrored
        self.looks = 0

    def __call__(self, pixels: Pixels, floor: float) -> list[Detection]:
        self.looks += 1
        is_plain = bool(np.array_equal(pixels, self.frame))
        assert is_plain or np.array_equal(pixels, self.frame[:, ::-1])
        seen = elephant(self.plain) if is_plain else elephant(self.mirrored, LEFT.mirrored())
        return [seen] if seen.confidence >= floor else []


FRAME = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


@pytest.mark.parametrize(("confidence", "looks"), [(0.1, 1), (0.5, 2), (0.95, 1)])
def test_only_an_unsure_frame_costs_a_second_look(confidence: float, looks: int) -> None:
    looker = Looker(FRAME, confidence, confidence)
    look_twice(FRAME, looker, looker, LOOK, floor=0.05)
    assert looker.looks == looks


@pytest.mark.parametrize(("plain", "mirrored"), [(0.89, 0.25), (0.25, 0.89)])
def test_what_two_looks_give_does_not_depend_on_the_floor(plain: float, mirrored: float) -> None:
    looker = Looker(FRAME, plain, mirrored)

    low, high = (look_twice(FRAME, looker, looker, LOOK, floor=floor) for floor in (0.05, 0.4))

    assert low == high
    assert [seen.confidence for seen in high] == pytest.approx([(plain * mirrored) ** 0.5])


def test_a_faint_claim_below_the_floor_is_not_given() -> None:
    looker = Looker(FRAME, 0.1, 0.1)

    assert look_twice(FRAME, looker, looker, LOOK, floor=0.2) == []


@given(fractions, fractions)
def test_two_looks_never_give_more_than_the_surer_of_them(first: float, second: float) -> None:
    (judged,) = LOOK.judge([elephant(first)], [elephant(second)])
    assert judged.confidence <= max(first, second) + 1e-9


@given(fractions, fractions)
def test_a_box_mirrored_twice_is_where_it_was(left: float, width: float) -> None:
    box = BoundingBox(left, 0.1, width, 0.2)
    twice = box.mirrored().mirrored()
    assert twice.left == pytest.approx(box.left, abs=1e-12)
    assert twice.width == box.width
