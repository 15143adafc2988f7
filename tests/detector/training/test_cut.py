import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.training.cut import cut_through

PICTURE = np.zeros((200, 300, 3), np.uint8)
MIDDLE = (100.0, 60.0, 200.0, 140.0)


def area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


@given(st.floats(0.2, 0.8), st.integers(0, 1000))
def test_as_much_of_the_animal_is_left_as_was_asked(visible: float, seed: int) -> None:
    cut = cut_through(PICTURE, [MIDDLE], 0, visible, np.random.default_rng(seed))
    assert cut is not None
    assert area(cut.boxes[0]) / area(MIDDLE) == pytest.approx(visible, abs=0.02)


@given(st.integers(0, 1000))
def test_the_cut_animal_touches_the_edge_of_the_new_frame(seed: int) -> None:
    cut = cut_through(PICTURE, [MIDDLE], 0, 0.5, np.random.default_rng(seed))
    assert cut is not None
    (left, top, right, bottom) = cut.boxes[0]
    height, width = cut.pixels.shape[:2]
    assert left <= 0 or top <= 0 or right >= width or bottom >= height


def test_an_animal_that_fills_a_corner_is_not_cut_to_a_sliver_of_a_frame() -> None:
    corner = (0.0, 0.0, 20.0, 20.0)
    for seed in range(20):
        cut = cut_through(PICTURE, [corner], 0, 0.3, np.random.default_rng(seed))
        assert cut is None or min(cut.pixels.shape[:2]) >= 60


def test_a_neighbour_of_whom_hardly_anything_is_left_has_no_label() -> None:
    beside = (205.0, 60.0, 295.0, 140.0)
    kept = {
        cut.kept
        for seed in range(40)
        if (cut := cut_through(PICTURE, [MIDDLE, beside], 0, 0.5, np.random.default_rng(seed)))
    }
    assert kept == {(0,), (0, 1)}
