from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from detector.strip import bare_strip, stamp, strip_height_px

NOON = datetime(2026, 11, 22, 12, 0, 59, tzinfo=UTC)


def grey(height: int = 480, width: int = 640) -> np.ndarray:
    return np.full((height, width, 3), 90, np.uint8)


@pytest.mark.parametrize("height", [120, 480, 720, 1080])
def test_the_stamp_draws_only_within_the_strip(height: int) -> None:
    stamped = stamp(grey(height), NOON, "ridge", simulated=True)
    strip = strip_height_px(height)
    assert (stamped[:-strip] == 90).all()
    assert stamped[-strip:].max() > 200


def test_the_picture_that_was_handed_in_stays_as_it_was() -> None:
    pixels = grey()
    stamp(pixels, NOON, "ridge", simulated=True)
    assert (pixels == 90).all()


def test_a_second_later_the_clock_reads_differently() -> None:
    now, later = (
        stamp(grey(), NOON + timedelta(seconds=s), "ridge", simulated=True) for s in (0, 1)
    )
    assert (now != later).any()


def test_the_clock_is_the_same_instant_in_every_zone() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=8)))
    a, b = (stamp(grey(), when, "ridge", simulated=False) for when in (NOON, there))
    assert (a == b).all()


def test_only_a_drill_is_marked_at_the_right_end() -> None:
    drill, real = (stamp(grey(), NOON, "ridge", simulated=s) for s in (True, False))
    right_end = (slice(-28, None), slice(560, None))
    assert drill[right_end].max() > 200
    assert (real[right_end] == bare_strip(640, 480)[:, 560:]).all()


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        stamp(grey(), datetime(2026, 11, 22), "ridge", simulated=True)  # noqa: DTZ001


def test_a_grey_picture_without_colour_axis_is_refused() -> None:
    with pytest.raises(ValueError, match="H, W, 3"):
        stamp(np.zeros((480, 640), np.uint8), NOON, "ridge", simulated=True)
