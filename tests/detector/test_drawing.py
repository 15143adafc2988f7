import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox, Detection, Label
from detector.drawing import CropError, annotate, evidence_crop
from detector.pictures import Pixels, decode_picture

BOX = BoundingBox(0.4, 0.3, 0.2, 0.3)


def noise(width: int, height: int) -> Pixels:
    """The hardest picture to make small."""
    return np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)


def test_boxes_are_drawn_on_a_copy() -> None:
    frame = np.zeros((480, 640, 3), np.uint8)

    drawn = annotate(frame, [Detection(Label.ELEPHANT, 0.9, BOX)])

    assert not frame.any()
    assert drawn[144, 300].any()  # on the upper edge of the box
    assert not drawn[240, 320].any()  # the animal itself stays visible


@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.builds(BoundingBox, *[st.floats(-0.2, 1.2)] * 4),
)
def test_any_box_on_any_frame_can_be_drawn_and_cut(
    width: int, height: int, box: BoundingBox
) -> None:
    frame = noise(width, height)

    annotate(frame, [Detection(Label.PERSON, 0.5, box)])
    crop = evidence_crop(frame, box)

    assert decode_picture(crop.data).shape == (crop.height_px, crop.width_px, 3)
    assert crop.width_px <= width
    assert crop.height_px <= height


@pytest.mark.parametrize("size", [(640, 480), (4608, 3456)])
def test_even_noise_of_many_megapixels_becomes_thirty_kilobytes(size: tuple[int, int]) -> None:
    crop = evidence_crop(noise(*size), BoundingBox(0, 0, 1, 1))

    assert len(crop.data) <= 30_000
    assert crop.media_type == "image/webp"


def test_a_distant_elephant_is_not_enlarged_and_its_surroundings_are_kept() -> None:
    frame = np.full((1000, 1000, 3), 90, np.uint8)

    crop = evidence_crop(frame, BoundingBox(0.5, 0.5, 0.04, 0.03))

    assert (crop.width_px, crop.height_px) == (68, 58)  # 40 x 30 and 14 px on every side


def test_the_box_in_the_crop_still_frames_the_animal() -> None:
    frame = np.zeros((600, 800, 3), np.uint8)
    cv2.rectangle(frame, (320, 180), (479, 359), (255, 255, 255), cv2.FILLED)

    crop = evidence_crop(frame, BOX)

    bright = decode_picture(crop.data).mean(axis=2) > 128
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    inside = crop.box_in_crop
    assert columns[0] / crop.width_px == pytest.approx(inside.left, abs=0.02)
    assert columns[-1] / crop.width_px == pytest.approx(inside.right, abs=0.02)
    assert rows[0] / crop.height_px == pytest.approx(inside.top, abs=0.02)
    assert rows[-1] / crop.height_px == pytest.approx(inside.bottom, abs=0.02)


def test_a_limit_no_picture_can_meet_is_an_error() -> None:
    with pytest.raises(CropError, match="no crop fits into 10 bytes"):
        evidence_crop(noise(640, 480), BOX, max_bytes=10)
