import numpy as np
import pytest

from detector.training.infrared import infrared_look


@pytest.mark.parametrize("shape", [(48, 64, 3), (33, 17, 3)])
def test_infrared_keeps_the_shape_and_loses_the_colour(shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(1)
    day = rng.integers(0, 256, shape, np.uint8)

    night = infrared_look(day, rng)

    assert night.shape == day.shape
    assert night.dtype == np.uint8
    assert np.array_equal(night[..., 0], night[..., 1])
    assert np.array_equal(night[..., 1], night[..., 2])


def test_the_day_picture_is_left_as_it_was() -> None:
    day = np.full((32, 32, 3), 120, np.uint8)

    infrared_look(day, np.random.default_rng(2))

    assert (day == 120).all()


def test_leaves_shine_where_the_sky_goes_dark() -> None:
    day = np.zeros((60, 120, 3), np.uint8)
    day[:, :60] = (200, 90, 60)  # blue sky
    day[:, 60:] = (40, 160, 60)  # leaves

    nights = [infrared_look(day, np.random.default_rng(seed)) for seed in range(20)]

    sky, leaves = (
        np.mean([night[:20, part].mean() for night in nights])
        for part in (slice(5, 55), slice(65, 115))
    )
    assert leaves > 1.2 * sky


def test_one_seed_makes_one_night() -> None:
    day = np.random.default_rng(3).integers(0, 256, (40, 40, 3), np.uint8)

    first, second = (infrared_look(day, np.random.default_rng(4)) for _ in range(2))

    assert np.array_equal(first, second)
