import numpy as np

from detector.training.looks import Looks

DAY = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
ALWAYS_INFRARED = Looks(infrared_share=1.0, cover_share=0.0)
ALWAYS_COVERED = Looks(infrared_share=0.0, cover_share=1.0)


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
