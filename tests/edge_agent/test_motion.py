from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from detector.pictures import Pixels, read_picture
from edge_agent.cameras.footage import read_footage
from edge_agent.contracts.configuration import MotionSettings
from edge_agent.motion import MotionGate
from tests.edge_agent.builders import DUSK

FPS = 5
HEIGHT, WIDTH = 360, 640
_RNG = np.random.default_rng(5)
# A forest: texture at several scales, so that everything that shifts is seen to.
_FOREST = cv2.resize(
    cv2.GaussianBlur(_RNG.integers(20, 200, (90, 160, 3), np.uint8), (3, 3), 0), (WIDTH, HEIGHT)
)

_NOISE = _RNG.normal(0, 3, (16, HEIGHT, WIDTH, 1)).astype(np.float32)


def forest(*, brightness: float = 1.0, seed: int = 0) -> Pixels:
    """The place with the noise of a sensor."""
    noisy = _FOREST * np.float32(brightness) + _NOISE[seed % len(_NOISE)]
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def with_elephant(pixels: Pixels, left_px: int, *, top_px: int = 200, size_px: int = 40) -> Pixels:
    pixels = pixels.copy()
    cv2.ellipse(
        pixels,
        (left_px + size_px // 2, top_px + size_px // 2),
        (size_px // 2, size_px // 3),
        *(0, 0, 360, (70, 75, 80), -1),
    )
    return pixels


def opened(
    gate: MotionGate, frames: int, frame_of: Callable[[int], Pixels], *, start: int = 0
) -> list[int]:
    return [
        number
        for number in range(start, start + frames)
        if gate.opens_for(frame_of(number), DUSK + timedelta(seconds=number / FPS))
    ]


def a_gate(**changes: Any) -> MotionGate:
    """One that looks only where something moves, and after the first frame not for long."""
    return MotionGate(MotionSettings(**{"hold_s": 0, "look_every_s": 1000, **changes}))


def test_a_quiet_forest_is_looked_at_once_in_a_while() -> None:
    gate = a_gate(look_every_s=10)

    assert opened(gate, 110, lambda n: forest(seed=n)) == [0, 51, 102]


def test_an_elephant_that_walks_in_is_looked_at_within_a_second() -> None:
    gate = a_gate()
    opened(gate, 30, lambda n: forest(seed=n))

    seen = opened(gate, 20, lambda n: with_elephant(forest(seed=n), 100 + 4 * (n - 30)), start=30)

    assert seen[0] <= 30 + FPS
    assert len(seen) >= 15


def test_a_frame_is_still_looked_at_for_a_while_after_the_last_movement() -> None:
    gate = a_gate(hold_s=2)
    opened(gate, 30, lambda n: forest(seed=n))
    opened(gate, 5, lambda n: with_elephant(forest(seed=n), 15 * n), start=30)

    assert opened(gate, 30, lambda n: forest(seed=n), start=35) == list(range(35, 45))


def test_infrared_that_comes_on_is_no_movement() -> None:
    gate = a_gate()
    opened(gate, 30, lambda n: forest(seed=n))
    night = np.asarray(255 - forest()[:, :, 1], np.uint8)
    by_night = np.asarray(cv2.merge([night, night, night]), np.uint8)

    assert opened(gate, 30, lambda _: by_night, start=30) == []


def test_an_elephant_is_seen_soon_after_infrared_came_on() -> None:
    gate = a_gate()
    opened(gate, 30, lambda n: forest(seed=n))
    opened(gate, 5, lambda n: forest(brightness=0.5, seed=n), start=30)

    seen = opened(
        gate,
        10,
        lambda n: with_elephant(forest(brightness=0.5, seed=n), 4 * n, size_px=60),
        start=35,
    )

    assert seen


def test_dusk_is_no_movement() -> None:
    gate = a_gate()

    # From full light to a third of it in two minutes: faster than near the equator.
    assert opened(gate, 600, lambda n: forest(brightness=1 - n / 900, seed=n)) == [0]


def test_swaying_grass_is_learnt() -> None:
    gate = a_gate()

    def swaying(number: int) -> Pixels:
        pixels = forest(seed=number)
        shift_px = round(6 * np.sin(number * 1.3))
        pixels[300:] = np.roll(pixels[300:], shift_px, axis=1)
        return pixels

    opened(gate, 200, swaying)

    assert len(opened(gate, 50, swaying, start=200)) <= 5


@pytest.mark.parametrize(("sensitivity", "is_seen"), [(0, False), (1, True)])
def test_a_region_may_be_left_out(sensitivity: float, is_seen: bool) -> None:
    lower_half = {"polygon": [(0, 0.5), (1, 0.5), (1, 1), (0, 1)], "sensitivity": sensitivity}
    gate = a_gate(regions=[lower_half])
    opened(gate, 30, lambda n: forest(seed=n))

    seen = opened(gate, 10, lambda n: with_elephant(forest(seed=n), 10 * n), start=30)

    assert bool(seen) is is_seen


def test_a_region_may_be_watched_more_closely() -> None:
    far_edge = {"polygon": [(0, 0.4), (1, 0.4), (1, 0.8), (0, 0.8)], "sensitivity": 10}
    plain, keen = a_gate(least_area=0.02), a_gate(least_area=0.02, regions=[far_edge])
    seen = []
    for gate in (plain, keen):
        opened(gate, 30, lambda n: forest(seed=n))
        seen.append(opened(gate, 10, lambda n: with_elephant(forest(seed=n), 10 * n), start=30))

    assert not seen[0]
    assert seen[1]


def test_a_camera_whose_picture_changes_its_shape_is_learnt_anew() -> None:
    gate = a_gate()
    opened(gate, 10, lambda n: forest(seed=n))

    assert opened(gate, 10, lambda n: forest(seed=n)[:, 80:560].copy(), start=10) == []


def test_a_clock_that_jumps_does_not_close_the_gate_for_good() -> None:
    gate = a_gate(look_every_s=10)
    gate.opens_for(forest(), DUSK + timedelta(days=1))

    assert gate.opens_for(forest(), DUSK)


@pytest.mark.parametrize("name", ["herd-night-a", "elephant-night-60", "herd-day", "deer-night"])
def test_animals_of_the_drill_are_looked_at(name: str) -> None:
    assert all(looked_at_in_the_drill(name))


@pytest.mark.parametrize("name", ["empty-night", "empty-day"])
def test_an_empty_place_of_the_drill_is_looked_at_once(name: str) -> None:
    assert sum(looked_at_in_the_drill(name)) == 1


def looked_at_in_the_drill(name: str) -> list[bool]:
    drill = Path(__file__).parent.parent.parent / "datasets/drill"
    (sequence,) = read_footage(drill, [name])
    gate = a_gate()
    return [
        gate.opens_for(read_picture(drill / frame.file), DUSK + timedelta(seconds=frame.seconds))
        for frame in sequence.frames
    ]
