from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.engine import Detector
from detector.letterbox import Letterbox, NetworkInput
from detector.pictures import Pixels
from detector.release import BadModelFileError, find_release, load_release
from tests.detector import networks

sides = st.integers(1, 6000)


def grey(width: int, height: int) -> Pixels:
    return np.full((height, width, 3), 90, np.uint8)


@given(sides, sides, st.sampled_from([320, 416, 640, 1280]))
def test_a_rectangle_is_the_frame_and_less_than_a_stride_of_grey(
    width: int, height: int, side_px: int
) -> None:
    square = Letterbox.of(width, height, side_px)
    rectangle = Letterbox.of(width, height, side_px, 32)

    assert (rectangle.width_px, rectangle.height_px) == (square.width_px, square.height_px)
    assert max(rectangle.input_width_px, rectangle.input_height_px) == side_px
    for input_px, frame_px, before_px in (
        (rectangle.input_width_px, rectangle.width_px, rectangle.left_px),
        (rectangle.input_height_px, rectangle.height_px, rectangle.top_px),
    ):
        assert input_px % 32 == 0
        assert 0 <= input_px - frame_px < 32
        assert 0 <= before_px <= (input_px - frame_px) / 2


def test_a_frame_looks_the_same_in_both() -> None:
    frame = np.random.default_rng(5).integers(0, 256, (45, 160, 3), np.uint8)

    in_square = NetworkInput(64).show(frame, Letterbox.of(160, 45, 64))
    in_rectangle = NetworkInput(64).show(frame, Letterbox.of(160, 45, 64, 32))

    assert in_rectangle.shape == (1, 3, 32, 64)
    assert in_rectangle.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(in_rectangle[0, :, 7:25], in_square[0, :, 23:41])


@pytest.mark.parametrize(
    ("frame", "squares"),
    [
        ((1920, 1080), 0.6),
        ((1080, 1920), 0.6),
        ((640, 480), 0.75),
        ((50, 50), 1),
        ((4000, 9), 0.05),
    ],
)
def test_a_wide_frame_is_not_computed_as_a_square(
    tmp_path: Path, frame: tuple[int, int], squares: float
) -> None:
    folder = networks.write_release(tmp_path, networks.telling_shape())

    (seen,) = Detector(load_release(folder), threads=1).detect(grey(*frame), floor=0.01)

    assert seen.confidence == pytest.approx(squares)
    assert seen.box.left + seen.box.width / 2 == pytest.approx(0.5, abs=0.01)
    assert seen.box.top + seen.box.height / 2 == pytest.approx(0.5, abs=0.26)  # 9 px high: 1 of 32


def test_cameras_of_several_shapes_take_turns_at_one_network(tmp_path: Path) -> None:
    folder = networks.write_release(tmp_path, networks.telling_shape())
    detector = Detector(load_release(folder), threads=1)

    shown = [detector.detect(grey(*size))[0].confidence for size in [(16, 9), (9, 9), (16, 9)]]

    assert shown == pytest.approx([0.6, 1.0, 0.6])


def test_without_a_stride_every_frame_becomes_a_square(tmp_path: Path) -> None:
    folder = networks.write_release(tmp_path, networks.telling_shape(), stride_px=None)

    (seen,) = Detector(load_release(folder), threads=1).detect(grey(1920, 1080))

    assert seen.confidence == pytest.approx(1.0)


def test_a_network_of_one_shape_that_claims_to_take_any_is_refused_at_once(tmp_path: Path) -> None:
    square = networks.telling_shape(height=640, width=640)

    with pytest.raises(BadModelFileError, match=r"cannot be run as model\.toml describes it"):
        Detector(load_release(networks.write_release(tmp_path, square)))


@pytest.mark.parametrize("stride_px", [-32, 1, 33, 10**9])
def test_a_stride_no_network_has_is_refused(tmp_path: Path, stride_px: int) -> None:
    folder = networks.write_release(tmp_path, networks.telling_shape(), stride_px=stride_px)

    with pytest.raises(BadModelFileError, match="input_stride_px"):
        load_release(folder)


def test_the_first_release_still_takes_squares() -> None:
    release = load_release(find_release("elephant-0.1"))

    letterbox = release.letterbox(1920, 1080)

    assert (letterbox.input_width_px, letterbox.input_height_px) == (640, 640)
