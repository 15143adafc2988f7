from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.training.composites import CutOut, Pixels, cut_out, is_grey, paste
from detector.training.crowd import add_composites
from detector.training.dataset import LabelledBox, format_labels, read_labels
from detector.training.folder import TrainingFolder
from detector.training.plates import plate_of
from detector.training.teacher import ELEPHANT

DOG = 16


def a_meadow_with(shape: tuple[int, int, int, int] | None) -> Pixels:
    """A green meadow, with a dark ellipse (left, top, right, bottom) for an animal."""
    rng = np.random.default_rng(3)
    pixels = np.full((240, 320, 3), (40, 170, 60), np.uint8)
    pixels += rng.integers(0, 14, pixels.shape, np.uint8)
    if shape is not None:
        left, top, right, bottom = shape
        centre, axes = ((left + right) // 2, (top + bottom) // 2), (right - left, bottom - top)
        cv2.ellipse(pixels, (centre, axes, 0.0), (70, 60, 90), -1)
    return pixels


def a_night(seed: int = 4) -> Pixels:
    rng = np.random.default_rng(seed)
    grey = rng.normal(45, 4, (200, 300)).clip(0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def an_animal(class_index: int = ELEPHANT) -> CutOut:
    animal = cut_out(
        a_meadow_with((90, 70, 230, 170)), (90, 70, 230, 170), class_index, np.random.default_rng(0)
    )
    assert animal is not None
    return animal


def test_an_animal_is_cut_out_along_its_outline_not_its_box() -> None:
    animal = an_animal()

    assert animal.alpha[0, 0] < 0.5  # a corner of the box is meadow
    assert animal.alpha[animal.alpha.shape[0] // 2, animal.alpha.shape[1] // 2] > 0.9


def test_one_flat_colour_has_no_outline() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)

    assert cut_out(grey, (50, 50, 150, 150), ELEPHANT, np.random.default_rng(0)) is None


@pytest.mark.parametrize("seed", range(30))
def test_the_box_of_a_pasted_animal_holds_all_that_changed(seed: int) -> None:
    night = a_night()

    made = paste(night, an_animal(), np.random.default_rng(seed))

    if made is None:  # chance put it where nobody could see it
        return
    left, top, right, bottom = made.box
    assert 0 <= left < right <= 300
    assert 0 <= top < bottom <= 200
    changed = np.abs(made.pixels.astype(int) - night).max(axis=2) > 40
    changed[max(top - 3, 0) : bottom + 3, max(left - 3, 0) : right + 3] = False
    assert not changed.any()


def test_nothing_is_pasted_that_could_not_be_seen() -> None:
    made = [paste(a_night(), an_animal(), np.random.default_rng(seed)) for seed in range(40)]

    shown = [each for each in made if each is not None]
    assert len(shown) > 10
    for each in shown:
        left, top, right, bottom = each.box
        inside = (slice(top, bottom), slice(left, right))
        assert np.abs(each.pixels[inside].astype(float) - a_night()[inside]).mean() > 3


def test_infrared_is_grey_and_a_meadow_is_not() -> None:
    assert is_grey(a_night())
    assert not is_grey(a_meadow_with(None))


def a_film(path: Path, frames: int) -> Path:
    """A bright animal walks through the night, one step a frame."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (300, 200))
    for number in range(frames):
        frame = a_night(number)
        frame[80:120, number * 12 : number * 12 + 30] = 220
        writer.write(frame)
    writer.release()
    return path


def test_who_walks_through_a_film_is_gone_from_its_plate(tmp_path: Path) -> None:
    plate = plate_of(a_film(tmp_path / "walk.avi", 20))

    assert plate is not None
    assert plate.pixels.max() < 120
    assert plate.grain > 1


def test_a_film_of_two_frames_has_no_plate(tmp_path: Path) -> None:
    assert plate_of(a_film(tmp_path / "short.avi", 2)) is None


def a_folder(tmp_path: Path) -> TrainingFolder:
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    box = LabelledBox.from_corners(ELEPHANT, 90 / 320, 70 / 240, 230 / 320, 170 / 240)
    dog = LabelledBox(DOG, box.centre_x, box.centre_y, box.width, box.height)
    pictures = {
        "day__elephant": (a_meadow_with((90, 70, 230, 170)), [box]),
        "day__dog": (a_meadow_with((90, 70, 230, 170)), [dog]),
        "night_ir__empty": (a_night(), []),
    }
    for stem, (pixels, boxes) in pictures.items():
        cv2.imwrite(str(tmp_path / f"images/{stem}.jpg"), pixels)
        (tmp_path / f"labels/{stem}.txt").write_text(format_labels(boxes))
    (tmp_path / "train.txt").write_text("")
    (tmp_path / "data.yaml").write_text("")
    return TrainingFolder(tmp_path / "data.yaml", 3, 1)


def test_a_dog_is_pasted_as_well_or_a_pasted_edge_would_mean_elephant(tmp_path: Path) -> None:
    made = add_composites(a_folder(tmp_path), 12, np.random.default_rng(1))

    listed = [Path(line) for line in (tmp_path / "train.txt").read_text().split()]
    labels = [read_labels(tmp_path / f"labels/{path.stem}.txt") for path in listed]
    assert made == len(listed) == 12
    assert {box.class_index for boxes in labels for box in boxes} == {ELEPHANT, DOG}
    assert all(path.is_file() for path in listed)


def test_without_a_night_nothing_is_composed(tmp_path: Path) -> None:
    prepared = a_folder(tmp_path)
    (tmp_path / "images/night_ir__empty.jpg").unlink()

    assert add_composites(prepared, 12, np.random.default_rng(1)) == 0
