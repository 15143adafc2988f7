import cv2
import numpy as np
import pytest

from detector.detection import Lighting
from detector.lighting import even_out_contrast, lighting_of
from detector.pictures import Pixels


def forest(width: int = 640, height: int = 480, seed: int = 3) -> Pixels:
    """A grey texture with twigs one pixel wide, as an infrared flash lights them."""
    noise = np.random.default_rng(seed).integers(0, 255, (height, width), np.uint8)
    grey = cv2.GaussianBlur(noise, (0, 0), 0.8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def heat(width: int = 640, height: int = 480) -> Pixels:
    """A 160 x 120 sensor's warm blob, enlarged as the camera's software does."""
    small = np.full((120, 160), 40, np.uint8)
    cv2.ellipse(small, (80, 70), (40, 25), 0, 0, 360, 200, cv2.FILLED)
    grey = cv2.resize(cv2.GaussianBlur(small, (0, 0), 1.2), (width, height))
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def green(picture: Pixels) -> Pixels:
    tint = np.array([0.4, 1.0, 0.6])
    return np.asarray(picture * tint, np.uint8)


@pytest.mark.parametrize("width", [320, 640, 1920, 4000])
def test_light_is_told_the_same_at_every_size(width: int) -> None:
    size = (width, width * 3 // 4)

    # Enlarging makes twigs soft and shrinking makes heat sharp: each is taken at its own scale.
    assert lighting_of(green(forest(*size))) is Lighting.DAY
    assert lighting_of(heat(*size)) is Lighting.THERMAL


def test_grey_with_twigs_is_infrared() -> None:
    assert lighting_of(forest()) is Lighting.NIGHT_IR


def test_a_makers_coloured_logo_does_not_turn_night_into_day() -> None:
    night = forest()
    night[-30:, :120] = (0, 90, 255)

    assert lighting_of(night) is Lighting.NIGHT_IR


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (3000, 2), (64, 64)])
def test_even_the_oddest_shape_gets_an_answer(shape: tuple[int, int]) -> None:
    assert lighting_of(np.zeros((*shape, 3), np.uint8)) in Lighting


def test_evening_out_lifts_the_dark_and_keeps_the_size() -> None:
    dim = (forest() * 0.15).astype(np.uint8)

    evened = even_out_contrast(dim)

    assert evened.shape == dim.shape
    assert float(evened.std()) > 1.5 * float(dim.std())
