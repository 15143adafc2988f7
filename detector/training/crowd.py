"""Fill a training folder with composites: its own animals in its own empty night pictures."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from detector.training.composites import CutOut, Pasted, cut_out, is_grey, paste
from detector.training.dataset import LabelledBox, format_labels, read_labels
from detector.training.folder import TrainingFolder, labels_of, lighting_of_laid
from detector.training.plates import Plate, plate_of
from detector.training.teacher import ELEPHANT

Pixels = npt.NDArray[np.uint8]
Place = tuple[Pixels, Sequence[LabelledBox], str]  # picture, what is in it, lighting

SMALLEST_PX = 90  # the shorter side from which an animal is worth cutting out
LIVING = frozenset({0, *range(14, 24)})  # COCO's person and its ten animals
ELEPHANT_SHARE = 0.55  # the others are pasted as often as they need to deceive nobody


PLATE_SHARE = 0.45  # of the composites stand before the empty place of a film, where there are any


def add_composites(
    prepared: TrainingFolder, count: int, rng: np.random.Generator, films: Iterable[Path] = ()
) -> int:
    """Write up to `count` composites into the folder and list them; return how many.

    The places are the folder's grey night and thermal pictures without elephants and, with `films`,
    what is left of these when all that moves is taken away: there other animals walk where the
    network knows elephants, and the place alone comes to mean nothing. None if either is missing.
    """
    folder = prepared.data_yaml.parent
    laid = sorted((folder / "images").glob("*.jpg"))
    empty = [path for path in laid if _is_empty_dark(path) and is_grey(_read(path))]
    places: list[Place] = [
        (_read(path), read_labels(labels_of(path)), lighting_of_laid(path)) for path in empty
    ]
    plates = [plate for plate in map(plate_of, films) if plate and is_grey(plate.pixels)]
    elephants, others = _animals(laid, count, rng)
    if not (places or plates) or not elephants:
        return 0
    written: list[Path] = []
    while len(written) < count:
        animals = elephants if rng.random() < ELEPHANT_SHARE else others or elephants
        background, known, lighting = _place(places, plates, rng)
        animal = animals[int(rng.integers(len(animals)))]
        made = paste(background, animal, rng, warm=lighting == "thermal")
        if made is not None:
            path = folder / "images" / f"{lighting}__composite-{len(written):05d}.jpg"
            _write(path, made, known, rng)
            written.append(path)
    with (folder / "train.txt").open("a", encoding="utf-8") as listed:
        listed.writelines(f"{path}\n" for path in written)
    return len(written)


def _place(places: Sequence[Place], plates: Sequence[Plate], rng: np.random.Generator) -> Place:
    if plates and (not places or rng.random() < PLATE_SHARE):
        return plates[int(rng.integers(len(plates)))].frame(rng), (), "night_ir"
    return places[int(rng.integers(len(places)))]


def _animals(
    laid: Sequence[Path], count: int, rng: np.random.Generator
) -> tuple[list[CutOut], list[CutOut]]:
    """Cut out elephants and others by day: up to half as many of each as composites are wanted."""
    places = [place for path in laid if lighting_of_laid(path) == "day" for place in _boxes(path)]
    places = [places[index] for index in rng.permutation(len(places))]
    found: dict[bool, list[CutOut]] = {True: [], False: []}
    for path, box in places:
        is_elephant = box.class_index == ELEPHANT
        if len(found[is_elephant]) >= max(count // 2, 1):
            continue
        pixels = _read(path)
        corners = _corners(box, pixels)
        if min(corners[2] - corners[0], corners[3] - corners[1]) < SMALLEST_PX:
            continue
        animal = cut_out(pixels, corners, box.class_index, rng)
        if animal is not None:
            found[is_elephant].append(animal)
    return found[True], found[False]


def _boxes(path: Path) -> Iterator[tuple[Path, LabelledBox]]:
    return ((path, box) for box in read_labels(labels_of(path)) if box.class_index in LIVING)


def _corners(box: LabelledBox, pixels: Pixels) -> tuple[int, int, int, int]:
    height, width = pixels.shape[:2]
    left, top, right, bottom = box.corners
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


def _is_empty_dark(path: Path) -> bool:
    boxes = read_labels(labels_of(path))
    return lighting_of_laid(path) != "day" and all(b.class_index != ELEPHANT for b in boxes)


def _read(path: Path) -> Pixels:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{path}: not a picture that OpenCV can read")
    return np.asarray(pixels, np.uint8)


def _write(
    path: Path, made: Pasted, others: Sequence[LabelledBox], rng: np.random.Generator
) -> None:
    height, width = made.pixels.shape[:2]
    left, top, right, bottom = made.box
    corners = left / width, top / height, right / width, bottom / height
    boxes = [*others, LabelledBox.from_corners(made.class_index, *corners)]
    quality = int(rng.integers(45, 92))
    cv2.imwrite(str(path), made.pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    labels_of(path).write_text(format_labels(boxes), encoding="utf-8")
