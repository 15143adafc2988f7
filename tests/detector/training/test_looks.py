from dataclasses import replace

import numpy as np

from detector.training.looks import Looks

DAY = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
NEVER = Looks(infrared_share=0.0, thermal_share=0.0, weather_share=0.0, cover_share=0.0)
ALWAYS_INFRARED = replace(NEVER, infrared_share=1.0)
ALWAYS_COVERED = replace(NEVER, cover_share=1.0)
ALWAYS_WEATHER = replace(NEVER, weather_share=1.0)


def test_a_picture_without_elephants_goes_grey_as_well() -> None:
    night = ALWAYS_INFRARED.put_on(DAY, [], is_day=True, rng=np.random.default_rng(1))

    assert np.array_equal(night[..., 0], night[..., 2])


def test_real_night_is_left_as_it_is() -> None:
    same = ALWAYS_INFRARED.put_on(DAY, [], is_day=False, rng=np.random.default_rng(1))

    assert np.array_equal(same, DAY)


def test_leaves_also_stand_where_no_elephant_is() -> None:
    before = DAY.copy()

    covered = ALWAYS_COVERED.put_on(DAY, [], is_day=True, rng=np.random.default_rng(1))

    assert not np.array_equal(covered, DAY)
    assert np.array_equal(DAY, before)


def test_the_weather_is_not_always_the_same() -> None:
    rng = np.random.default_rng(1)

    shown = [ALWAYS_WEATHER.put_on(DAY, [], is_day=True, rng=rng).mean() for _ in range(20)]

    assert max(shown) - min(shown) > 60  # dusk and fog
