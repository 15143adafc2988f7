import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.evaluation.hiding import Scene, covered, cut, scene_of
from detector.pictures import Pixels
from detector.training.dataset import LabelledBox

ANIMAL = (40, 20, 140, 120)  # 100 x 100: a hundredth of the box is a row or a column


def a_picture() -> Pixels:
    return np.random.default_rng(3).integers(0, 256, (140, 200, 3), np.uint8)


def size(box: tuple[int, int, int, int]) -> tuple[int, int]:
    left, top, right, bottom = box
    return right - left, bottom - top


@settings(max_examples=40, deadline=None)
@given(hundredths=st.integers(20, 99), seed=st.integers(0, 10_000))
def test_a_covered_animal_shows_its_share_to_the_pixel(hundredths: int, seed: int) -> None:
    scene = Scene(a_picture(), ANIMAL, ())

    hidden, mask = covered(scene, hundredths / 100, np.random.default_rng(seed))

    assert np.count_nonzero(mask) == (100 - hundredths) * 100
    assert np.array_equal(hidden.pixels[mask == 0], scene.pixels[mask == 0])
    assert np.count_nonzero(hidden.pixels != scene.pixels) > 0.8 * 3 * np.count_nonzero(mask)


@pytest.mark.parametrize("hundredths", [80, 60, 40, 20])
def test_a_cut_animal_shows_its_share_inside_the_frame(hundredths: int) -> None:
    hidden = cut(Scene(a_picture(), ANIMAL, ()), hundredths / 100)

    width, height = size(hidden.animal)
    assert width * height == hundredths * 100
    frame_height, frame_width = hidden.pixels.shape[:2]
    assert (
        hidden.animal[0] == 0
        or hidden.animal[2] == frame_width
        or (hidden.animal[1] == 0 or hidden.animal[3] == frame_height)
    )


def test_what_is_left_of_a_cut_animal_is_the_animal() -> None:
    pixels = a_picture()
    left, top, right, bottom = ANIMAL
    pixels[top:bottom, left:right] = 7

    hidden = cut(Scene(pixels, ANIMAL, ()), 0.4)

    assert np.count_nonzero((hidden.pixels == 7).all(axis=2)) == 4000


@pytest.mark.parametrize(
    ("animal", "frame_px"),
    [
        ((2, 20, 102, 120), (138, 140)),  # width, height: 62 columns go, at the left
        ((98, 20, 198, 120), (138, 140)),
        ((50, 2, 150, 102), (200, 78)),
        ((50, 38, 150, 138), (200, 78)),
    ],
)
def test_the_nearest_edge_does_the_cutting(
    animal: tuple[int, int, int, int], frame_px: tuple[int, int]
) -> None:
    hidden = cut(Scene(a_picture(), animal, ()), 0.4)

    height, width = hidden.pixels.shape[:2]
    assert (width, height) == frame_px


def test_a_neighbour_stays_where_it_is_seen_and_goes_when_it_is_outside() -> None:
    scene = Scene(a_picture(), ANIMAL, ((150, 10, 190, 60), (0, 0, 30, 30)))

    hidden = cut(scene, 0.5)  # the left edge moves to column 90

    assert hidden.animal == (0, 20, 50, 120)
    assert hidden.others == ((60, 10, 100, 60),)


def test_one_labelled_animal_is_set_apart_from_the_others() -> None:
    boxes = [LabelledBox(0, 0.5, 0.5, 0.5, 0.5), LabelledBox(0, 0.1, 0.1, 0.2, 0.2)]

    scene = scene_of(a_picture(), boxes, tried=1)

    assert scene.animal == (0, 0, 40, 28)
    assert scene.others == ((50, 35, 150, 105),)
