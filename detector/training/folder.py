"""Lay out a training folder for ultralytics: pictures without shortcuts, labels, a list, a YAML."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from detector.training.dataset import LabelledPicture, format_labels
from detector.training.teacher import ELEPHANT, Teacher, teach

Pixels = npt.NDArray[np.uint8]

_CAPTION_TOP, _CAPTION_BOTTOM = 0.05, 0.08  # where CCTV recorders burn in place and time
HARD_REPEATS = 3
_TIGHT_CROPS = "team_crop_"  # the box is the whole picture: teaches nothing about where


@dataclass(frozen=True, slots=True)
class TrainingFolder:
    """Where a prepared training set lies, and how many pictures one epoch shows."""

    data_yaml: Path
    pictures: int
    taught_boxes: int


def prepare(
    pictures: Sequence[LabelledPicture],
    folder: Path,
    *,
    names: dict[int, str],
    teacher: Teacher,
    night_repeats: int = 2,
    hard: Collection[Path] = (),
) -> TrainingFolder:
    """Write `pictures` below `folder` (images, labels, train.txt, data.yaml) and let `teacher` add.

    `names` are the network's classes by index. Real infrared pictures with elephants are listed
    `night_repeats` times: they are the scarcest and matter most. `hard` are pictures without
    elephants in which the starting network sees some; they are listed HARD_REPEATS times.
    """
    useful = [p for p in pictures if not p.path.name.startswith(_TIGHT_CROPS)]
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    laid = [(_lay(picture, folder), picture) for picture in useful]
    taught = teach(((path, labels_of(path)) for path, _ in laid), teacher)
    listed = [
        str(path)
        for path, picture in laid
        for _ in range(HARD_REPEATS if picture.path in hard else _times(picture, night_repeats))
    ]
    (folder / "train.txt").write_text("\n".join(listed) + "\n", encoding="utf-8")
    data_yaml = folder / "data.yaml"
    data_yaml.write_text(_data_yaml(folder, names), encoding="utf-8")
    return TrainingFolder(data_yaml, len(listed), taught)


def lighting_of_laid(path: Path) -> str:
    """Read back the lighting that `prepare` puts in front of a picture's name."""
    return path.name.split("__", 1)[0]


def hide_captions(pixels: Pixels) -> Pixels:
    """Replace the strips that carry burnt-in captions by the mirror image of what lies beside them.

    A network otherwise learns the lettering of the cameras that see elephants.
    """
    height = pixels.shape[0]
    top, bottom = round(height * _CAPTION_TOP), round(height * _CAPTION_BOTTOM)
    middle = pixels[top : height - bottom]
    return np.pad(middle, ((top, bottom), (0, 0), (0, 0)), mode="reflect")


def _lay(picture: LabelledPicture, folder: Path) -> Path:
    target = folder / "images" / f"{picture.lighting}__{picture.path.stem}.jpg"
    pixels = cv2.imread(str(picture.path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError(f"{picture.path}: not a picture that OpenCV can read")
    shown = hide_captions(np.asarray(pixels, np.uint8)) if _is_captioned(picture) else pixels
    cv2.imwrite(str(target), shown, [cv2.IMWRITE_JPEG_QUALITY, 95])
    boxes = [replace(box, class_index=ELEPHANT) for box in picture.boxes]
    labels_of(target).write_text(format_labels(boxes), encoding="utf-8")
    return target


def _is_captioned(picture: LabelledPicture) -> bool:
    return "CCTV" in picture.origin and "zoom" not in picture.origin


def labels_of(path: Path) -> Path:
    """Where the labels of a picture of a prepared folder lie."""
    return path.parent.parent / "labels" / f"{path.stem}.txt"


def _times(picture: LabelledPicture, night_repeats: int) -> int:
    real_night = picture.lighting == "night_ir" and picture.has_elephant and picture.night_kind
    return night_repeats if real_night else 1


def _data_yaml(folder: Path, names: dict[int, str]) -> str:
    lines: Iterable[str] = (f"  {index}: {json.dumps(name)}" for index, name in names.items())
    # `val` must exist for ultralytics; epochs are judged by our own rule (scoring.py)
    head = [f"path: {folder.resolve()}", "train: train.txt", "val: train.txt", "names:"]
    return "\n".join([*head, *lines]) + "\n"
