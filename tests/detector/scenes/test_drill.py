"""The committed footage, as it lies on disk. Nothing is rendered here, so numba is not needed."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import cv2
import pytest

from detector.strip import BAR, strip_height_px
from detector.training.scenes.recipe import Kind, read_recipes
from detector.training.scenes.truth import Box, SceneTruth, SequenceTruth

DRILL = Path(__file__).parents[3] / "datasets" / "drill"
TRUTH = SceneTruth.read(DRILL / "truth.json")
BUDGET_BYTES = 8_000_000
JPEG_RIPPLE = 12

every_sequence = pytest.mark.parametrize("sequence", TRUTH.sequences, ids=lambda s: s.id)


def card() -> dict[str, Any]:
    return tomllib.loads((DRILL / "dataset.toml").read_text(encoding="utf-8"))


def is_within_the_picture(box: Box) -> bool:
    left, top, width, height = box
    picture = 1 - TRUTH.strip_height_px / TRUTH.height_px
    fits = left >= 0 and top >= 0 and left + width <= 1.0001 and top + height <= picture + 1e-4
    return fits and width > 0 and height > 0


@every_sequence
def test_every_frame_is_there_and_opens_with_a_bare_strip(sequence: SequenceTruth) -> None:
    for frame in sequence.frames:
        pixels = cv2.imread(str(DRILL / frame.file))
        assert pixels is not None, frame.file
        assert pixels.shape == (TRUTH.height_px, TRUTH.width_px, 3)
        strip = pixels[-TRUTH.strip_height_px + 8 :].astype(int)  # JPEG blocks bleed 8 rows
        assert abs(strip - BAR).max() <= JPEG_RIPPLE


@every_sequence
def test_every_box_lies_within_the_picture(sequence: SequenceTruth) -> None:
    animals = [animal for frame in sequence.frames for animal in frame.animals]
    assert all(is_within_the_picture(animal.box) for animal in animals)


@every_sequence
def test_only_elephant_sequences_hold_elephants(sequence: SequenceTruth) -> None:
    kinds = {animal.kind for frame in sequence.frames for animal in frame.animals}
    assert kinds == (set() if sequence.kind is Kind.EMPTY else {sequence.kind})
    assert (sequence.herd_size > 0) == (sequence.kind is Kind.ELEPHANT)


@every_sequence
def test_time_runs_forward_from_zero(sequence: SequenceTruth) -> None:
    seconds = [frame.seconds for frame in sequence.frames]
    assert seconds[0] == 0
    assert seconds == sorted(set(seconds))


def test_one_herd_with_a_calf_passes_three_sites() -> None:
    passes = [
        s for s in TRUTH.sequences if s.id in {"herd-night-a", "herd-night-b", "herd-night-c"}
    ]
    assert len(passes) == 3
    assert len({s.cast_seed for s in passes}) == 1
    assert len({s.site_seed for s in passes}) == 3
    for one in passes:
        assert any(animal.calf for frame in one.frames for animal in frame.animals)


def test_the_strip_has_the_height_that_stamp_will_draw() -> None:
    assert strip_height_px(TRUTH.height_px) == TRUTH.strip_height_px


def test_the_card_knows_its_truth_and_its_counts() -> None:
    about = card()
    assert hashlib.sha256((DRILL / "truth.json").read_bytes()).hexdigest() == about["truth_sha256"]
    assert about["sequences"] == len(TRUTH.sequences)
    assert about["frames"] == sum(len(s.frames) for s in TRUTH.sequences)


def test_the_recipe_on_the_card_is_what_was_rendered() -> None:
    asked = [(r.id, r.kind, r.frames, r.site_seed) for r in read_recipes(DRILL / "dataset.toml")]
    made = [(s.id, s.kind, len(s.frames), s.site_seed) for s in TRUTH.sequences]
    assert asked == made


def test_no_picture_lies_about_that_the_truth_does_not_know() -> None:
    known = {frame.file for sequence in TRUTH.sequences for frame in sequence.frames}
    assert {path.relative_to(DRILL).as_posix() for path in DRILL.rglob("*.jpg")} == known


def test_the_footage_stays_small_enough_to_commit() -> None:
    assert sum(path.stat().st_size for path in DRILL.rglob("*.jpg")) < BUDGET_BYTES


def test_datasets_is_no_package() -> None:
    assert not list(DRILL.parent.rglob("__init__.py"))
