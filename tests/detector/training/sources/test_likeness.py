import time
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from detector.pictures import Pixels
from detector.training.sources.likeness import ALIKE_FROM, likeness, look_alikes, thumbnail

DrawScene = Callable[..., Pixels]


def recompressed(pixels: Pixels) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 25])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def brighter(pixels: Pixels) -> Pixels:
    return np.asarray(np.clip(pixels.astype(np.float32) * 1.25 + 15, 0, 255), np.uint8)


ALTERATIONS: dict[str, Callable[[Pixels], Pixels]] = {
    "the same": lambda p: p,
    "half the size": lambda p: np.asarray(cv2.resize(p, None, fx=0.5, fy=0.5), np.uint8),
    "stretched": lambda p: np.asarray(cv2.resize(p, (640, 640)), np.uint8),
    "recompressed": recompressed,
    "brighter": brighter,
    "grey": lambda p: np.repeat(p.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8),
    "cropped": lambda p: p[6:-6, 8:-8],
    "cropped at a corner": lambda p: p[:-10, :-14],
    "mirrored": lambda p: np.fliplr(p).copy(),
    "captioned": lambda p: np.vstack([p, np.zeros((14, p.shape[1], 3), np.uint8)]),
    "all at once": lambda p: recompressed(brighter(np.fliplr(p)[5:-5, 5:-5].copy())),
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_an_altered_copy_is_found_among_others(alteration: str, scene: DrawScene) -> None:
    originals = [scene(seed) for seed in range(30)]
    copy = ALTERATIONS[alteration](originals[17])
    pictures = [thumbnail(each) for each in (*originals, copy)]

    (found,) = look_alikes(pictures, ["train"] * 30 + ["val"])

    assert (found.first, found.second) == (30, 17)
    assert found.likeness >= ALIKE_FROM
    assert found.mirrored is (alteration in {"mirrored", "all at once"})


def test_different_pictures_are_not_alike(scene: DrawScene) -> None:
    pictures = [thumbnail(scene(seed)) for seed in range(60)]

    assert look_alikes(pictures, ["train", "val", "test"] * 20) == []


def test_copies_within_one_split_are_no_leak(scene: DrawScene) -> None:
    small = thumbnail(scene(1))

    assert look_alikes([small, small], ["train", "train"]) == []


def test_the_same_flash_on_other_leaves_is_no_copy(scene: DrawScene) -> None:
    rows, columns = np.mgrid[-1:1:240j, -1:1:320j]
    flash = np.exp(-2.5 * (rows**2 + columns**2))[..., None]
    night = [thumbnail((scene(seed) * 0.5 * flash).astype(np.uint8)) for seed in (1, 2)]

    assert look_alikes(night, ["train", "val"]) == []


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_pictures_resemble_nothing(level: int) -> None:
    flat = np.full((64, 64), level, np.uint8)

    assert likeness(flat, flat) == 0
    assert look_alikes([flat, flat], ["train", "val"]) == []


def test_nothing_is_like_nothing() -> None:
    assert look_alikes([], []) == []


def test_three_thousand_pictures_take_seconds() -> None:
    random = np.random.default_rng(3)
    coarse = random.integers(0, 255, (3_000, 12, 12), np.uint8)
    pictures = [np.asarray(cv2.resize(each, (64, 64)), np.uint8) for each in coarse]
    pictures[2_999] = pictures[4]
    start = time.process_time()

    found = look_alikes(pictures, ["train"] * 2_500 + ["val"] * 500)

    assert [(one.first, one.second) for one in found] == [(2_999, 4)]
    assert time.process_time() - start < 30
