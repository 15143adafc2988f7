import numpy as np
import pytest

from detector.training import weather

RNG = np.random.default_rng(5)
DAY = RNG.integers(60, 200, (90, 120, 3), np.uint8)
LOOKS = [weather.dusk, weather.fog, weather.rain_on_the_lens, weather.shaken, weather.thermal_look]


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_keeps_the_shape_so_that_boxes_stay_true(look: weather.Look) -> None:
    before = DAY.copy()

    shown = look(DAY, np.random.default_rng(1))

    assert shown.shape == DAY.shape
    assert shown.dtype == np.uint8
    assert np.array_equal(DAY, before)
    assert not np.array_equal(shown, DAY)


def test_dusk_is_darker_and_fog_flatter_than_day() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        assert weather.dusk(DAY, rng).mean() < DAY.mean()
        assert weather.fog(DAY, rng).std() < DAY.std()


def test_fog_is_thicker_where_things_are_farther() -> None:
    black = np.zeros((90, 120, 3), np.uint8)

    foggy = weather.fog(black, np.random.default_rng(2))

    assert foggy[:10].mean() >= foggy[-10:].mean()


def test_thermal_has_no_colour() -> None:
    shown = weather.thermal_look(DAY, np.random.default_rng(1))

    assert np.array_equal(shown[..., 0], shown[..., 2])
