"""Tiny pictures at one sample per pixel: the rules are the same, the wait is short."""

import numpy as np
import pytest

pytest.importorskip("numba")

from detector.training.scenes.camera import FrameSize
from detector.training.scenes.cast import choose_cast
from detector.training.scenes.recipe import Kind, SceneLighting, SceneRecipe
from detector.training.scenes.render import Picture, render
from detector.training.scenes.truth import Box

TINY = FrameSize(160, 120)


def scene(**changes: object) -> SceneRecipe:
    usual = {
        "id": "test",
        "kind": Kind.ELEPHANT,
        "lighting": SceneLighting.NIGHT_IR,
        "site_seed": 101,
        "cast_seed": 11,
        "frames": 1,
    }
    return SceneRecipe.model_validate(usual | changes)


def pictures(**changes: object) -> list[Picture]:
    return list(render(scene(**changes), size=TINY, supersampling=1.0))


def inside(box: Box) -> tuple[slice, slice]:
    left, top, width, height = box
    rows = slice(round(top * 120), round((top + height) * 120))
    return rows, slice(round(left * 160), round((left + width) * 160))


def changed_by(animal: Picture, empty: Picture) -> np.ndarray:
    gap = np.abs(animal.pixels.astype(int) - empty.pixels.astype(int)).max(-1)
    return np.asarray(gap > 25)


def test_the_same_seed_gives_the_same_truth_and_picture() -> None:
    once, again = pictures(herd=2), pictures(herd=2)
    assert once[0].animals == again[0].animals
    assert np.abs(once[0].pixels.astype(int) - again[0].pixels.astype(int)).max() <= 2


def test_another_cast_walks_through_the_same_site() -> None:
    one, other = pictures(cast_seed=11)[0], pictures(cast_seed=12)[0]
    assert one.animals != other.animals


def test_the_box_lies_around_what_the_elephant_changed_in_the_picture() -> None:
    day = {"lighting": SceneLighting.DAY}  # by day the exposure of the rest hardly moves
    elephant, empty = pictures(**day)[0], pictures(kind=Kind.EMPTY, **day)[0]
    changed, box = changed_by(elephant, empty), inside(elephant.animals[0].box)
    assert changed[box].mean() > 0.35
    assert changed[box][:3].any()
    assert all(changed[box][:, edge].any() for edge in (slice(0, 3), slice(-3, None)))
    changed[box] = False
    assert changed.mean() < 0.1  # its shadow is no part of it


def test_visible_fraction_shrinks_with_cover() -> None:
    open_path, hidden = (pictures(cover=cover)[0].animals[0] for cover in (0.0, 1.5))
    assert open_path.visible_fraction > 0.9
    assert hidden.visible_fraction < open_path.visible_fraction - 0.2
    assert hidden.whole_box == open_path.whole_box


def test_an_elephant_cut_by_the_frame_has_its_box_within_and_its_whole_box_beyond() -> None:
    (cut,) = pictures(shift_m=4.0)[0].animals
    assert cut.box[0] + cut.box[2] == pytest.approx(1.0)
    assert cut.whole_box[0] + cut.whole_box[2] > 1.05
    assert cut.visible_fraction < 0.9


def test_an_empty_scene_has_no_animals() -> None:
    assert pictures(kind=Kind.EMPTY)[0].animals == ()


@pytest.mark.parametrize("kind", [Kind.DEER, Kind.PERSON, Kind.MOTORBIKE])
def test_whatever_else_walks_by_is_no_elephant(kind: Kind) -> None:
    (animal,) = pictures(kind=kind)[0].animals
    assert animal.kind is kind
    assert choose_cast(scene(kind=kind)).herd_size == 0


def test_a_herd_brings_its_calf_and_the_calf_is_smaller() -> None:
    animals = pictures(herd=3, path_m=12)[0].animals
    calf = next(animal for animal in animals if animal.calf)
    grown = [animal for animal in animals if not animal.calf]
    assert len(grown) == 2
    assert all(calf.whole_box[3] < 0.7 * animal.whole_box[3] for animal in grown)


def test_elephants_walk_from_frame_to_frame() -> None:
    first, last = (p.animals[0].whole_box for p in pictures(frames=2, seconds_apart=2.0))
    assert abs(first[0] - last[0]) > 0.05


def test_infrared_pictures_are_grey_and_daylight_is_not() -> None:
    night, day = pictures()[0].pixels, pictures(lighting=SceneLighting.DAY)[0].pixels
    assert np.ptp(night, axis=-1).max() == 0
    assert np.ptp(day.astype(int), axis=-1).mean() > 5


def test_the_strip_stays_bare_for_the_clock() -> None:
    assert (pictures()[0].pixels[-TINY.strip_px :] == 12).all()
