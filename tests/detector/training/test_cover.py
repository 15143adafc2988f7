import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.training.cover import cover


@settings(max_examples=30, deadline=None)
@given(visible=st.floats(0.2, 0.9), seed=st.integers(0, 10_000))
def test_cover_leaves_the_stated_visible_share(visible: float, seed: int) -> None:
    pixels = np.zeros((120, 160, 3), np.uint8)
    left, top, right, bottom = 30, 20, 130, 110

    _, mask = cover(pixels, (left, top, right, bottom), visible, np.random.default_rng(seed))

    seen = np.mean(mask[top:bottom, left:right] == 0)
    assert visible - 0.15 <= seen <= visible


def test_nothing_outside_the_box_is_touched() -> None:
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (80, 100, 3), np.uint8)
    before = pixels.copy()

    covered, mask = cover(pixels, (20, 10, 80, 70), 0.5, rng)

    outside = np.ones((80, 100), bool)
    outside[10:70, 20:80] = False
    assert np.array_equal(covered[outside], before[outside])
    assert not mask[outside].any()
    assert np.array_equal(pixels, before)


def test_what_hides_an_animal_is_its_surroundings() -> None:
    pixels = np.full((80, 100, 3), 60, np.uint8)
    pixels[10:70, 20:80] = 250  # a very white elephant

    covered, mask = cover(pixels, (20, 10, 80, 70), 0.4, np.random.default_rng(6))

    assert covered[mask == 255].mean() < 140


@pytest.mark.parametrize("box", [(10, 10, 12, 40), (0, 0, 100, 80)])
def test_a_sliver_or_the_whole_picture_can_be_covered(box: tuple[int, int, int, int]) -> None:
    pixels = np.random.default_rng(7).integers(0, 256, (80, 100, 3), np.uint8)

    covered, _ = cover(pixels, box, 0.5, np.random.default_rng(8))

    assert covered.shape == pixels.shape
