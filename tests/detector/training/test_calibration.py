from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.training.calibration import (
    Range,
    Watched,
    choose_pictures,
    choose_range,
    rounded,
    silu,
    watch,
)
from detector.training.dataset import LabelledBox, LabelledPicture

values = st.lists(st.floats(-500, 500, width=32), min_size=4, max_size=40)


def a_picture(number: int, lighting: str, *, elephant: bool) -> LabelledPicture:
    boxes = (LabelledBox(0, 0.5, 0.5, 0.2, 0.2),) if elephant else ()
    name = f"{number}.jpg"
    return LabelledPicture(Path(name), "train", lighting, False, name, "ours", "CC0", "", "", boxes)


def watched(*rows: list[float]) -> Watched:
    drawn = np.array(rows, np.float32)
    return Watched(float(drawn.min()), float(drawn.max()), drawn)


def test_a_few_night_pictures_weigh_as_much_as_many_day_pictures() -> None:
    day = [a_picture(number, "day", elephant=number % 2 == 0) for number in range(200)]
    night = [a_picture(300 + number, "night_ir", elephant=True) for number in range(12)]

    chosen = choose_pictures([*day, *night], 30, seed=1)

    assert len(chosen) == 30
    assert len(set(chosen)) == 30
    assert sum(picture.lighting == "night_ir" for picture in chosen) == 10
    assert chosen == choose_pictures([*day, *night], 30, seed=1)
    assert chosen != choose_pictures([*day, *night], 30, seed=2)


def test_no_pictures_are_no_choice() -> None:
    assert choose_pictures([], 30, seed=1) == []


@given(values)
def test_every_value_of_a_range_is_held_to_half_a_step(row: list[float]) -> None:
    reach = Range(min(0.0, *row), max(0.0, *row))

    held = rounded(np.array(row, np.float32), reach)

    step = (reach.highest - reach.lowest) / 255
    assert np.abs(held - np.array(row, np.float32)).max() <= step * 1.01 + 1e-4


@given(values)
def test_zero_stays_zero(row: list[float]) -> None:
    reach = choose_range(watched(row))

    assert rounded(np.zeros(1, np.float32), reach)[0] == 0
    assert reach.lowest <= 0 <= reach.highest


def test_one_wild_value_does_not_take_the_steps_from_all_others() -> None:
    usual = list(np.linspace(-0.2, 1, 200_000))

    reach = choose_range(watched([*usual, 1.25]))

    assert reach.highest < 1.1
    assert reach.lowest == pytest.approx(-0.2)


def test_what_the_activation_makes_zero_needs_no_steps() -> None:
    deep = list(np.linspace(-120, 4, 2000))

    before = choose_range(watched(deep), before_silu=True)

    assert before.lowest >= -8
    error = np.abs(silu(rounded(np.array(deep, np.float32), before)) - silu(np.array(deep)))
    assert error.max() < 0.05


def test_a_dark_picture_counts_as_much_as_a_bright_one() -> None:
    bright, dark = [100.0, -100.0] * 50, list(np.linspace(-2, 2, 100))

    reach = choose_range(watched(bright, dark, dark, dark))

    assert reach.highest < 100


def test_watching_keeps_the_extremes_and_some_of_each_picture() -> None:
    def run(batch: np.ndarray) -> dict[str, np.ndarray]:
        return {"light": batch * 2, "shape": np.array([1, 2])}

    seen = watch(run, (np.full((2, 2), n, np.float32) for n in (1, -3)), seed=0)

    assert set(seen) == {"light"}
    assert (seen["light"].lowest, seen["light"].highest) == (-6, 2)
    assert seen["light"].values[:, 0] == pytest.approx([2, -6])
