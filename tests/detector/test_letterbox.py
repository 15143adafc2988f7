import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.letterbox import PADDING, Letterbox, NetworkInput

sides = st.integers(1, 6000)
corners = st.tuples(*[st.floats(0, 1)] * 4)


@given(sides, sides, st.sampled_from([320, 416, 640, 1280]), corners)
def test_a_box_goes_into_the_square_and_comes_back(
    width: int, height: int, side_px: int, box: tuple[float, float, float, float]
) -> None:
    letterbox = Letterbox.of(width, height, side_px)

    there = letterbox.to_input(np.array([box]))
    back = letterbox.to_frame(there)

    np.testing.assert_allclose(back[0], box, atol=1e-9)
    assert (there >= 0).all()
    assert (there <= side_px).all()


@given(sides, sides)
def test_the_longer_side_fills_the_square(width: int, height: int) -> None:
    letterbox = Letterbox.of(width, height, 640)

    assert max(letterbox.width_px, letterbox.height_px) == 640
    assert min(letterbox.width_px, letterbox.height_px) >= 1


def test_the_network_sees_red_first_and_grey_around() -> None:
    blue_frame = np.zeros((240, 320, 3), np.uint8)
    blue_frame[..., 0] = 255

    batch = NetworkInput(640).show(blue_frame, Letterbox.of(320, 240, 640))

    assert batch.shape == (1, 3, 640, 640)
    assert batch.dtype == np.float32
    np.testing.assert_allclose(batch[0, :, 320, 320], [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(batch[0, :, 5, 320], [PADDING / 255] * 3, atol=1e-6)


def test_what_lies_in_the_padding_is_clipped_to_the_frame() -> None:
    letterbox = Letterbox.of(1280, 640, 640)

    whole_square = letterbox.to_frame(np.array([[0.0, 0.0, 640.0, 640.0]]))

    np.testing.assert_allclose(whole_square, [[0, 0, 1, 1]])


def test_nothing_of_the_frame_before_is_left_when_the_shape_changes() -> None:
    shown, fresh = NetworkInput(640), NetworkInput(640)
    tall, wide = np.full((400, 100, 3), 255, np.uint8), np.full((100, 400, 3), 9, np.uint8)

    shown.show(tall, Letterbox.of(100, 400, 640))
    after = shown.show(wide, Letterbox.of(400, 100, 640))

    np.testing.assert_array_equal(after, fresh.show(wide, Letterbox.of(400, 100, 640)))


def test_a_frame_that_fits_is_shown_as_it_is() -> None:
    frame = np.random.default_rng(3).integers(0, 256, (64, 64, 3), np.uint8)

    batch = NetworkInput(64).show(frame, Letterbox.of(64, 64, 64))

    np.testing.assert_allclose(batch[0].transpose(1, 2, 0), frame[..., ::-1] / 255, atol=1e-6)
