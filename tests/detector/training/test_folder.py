from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.training.dataset import LabelledBox, LabelledPicture, read_labels
from detector.training.folder import hide_captions, lighting_of_laid, prepare
from detector.training.teacher import ELEPHANT

NAMES = {0: "person", 20: 'elephant "big"'}


def a_picture(folder: Path, name: str, **changes: object) -> LabelledPicture:
    path = folder / name
    pixels = np.full((100, 120, 3), 90, np.uint8)
    pixels[:5] = pixels[-8:] = 255  # burnt-in captions
    cv2.imwrite(str(path), pixels)
    picture = LabelledPicture(
        path=path,
        split="train",
        lighting="night_ir",
        partial=False,
        sequence_id=name,
        source="ours",
        licence="CC0-1.0",
        origin="",
        night_kind="ir_cctv",
        boxes=(LabelledBox(0, 0.5, 0.5, 0.2, 0.2),),
    )
    return replace(picture, **changes)  # type: ignore[arg-type]


def test_real_night_elephants_are_shown_twice_and_tight_crops_never(tmp_path: Path) -> None:
    pictures = [
        a_picture(tmp_path, "night.jpg"),
        a_picture(tmp_path, "rendered.jpg", night_kind=""),
        a_picture(tmp_path, "empty.jpg", boxes=()),
        a_picture(tmp_path, "team_crop_1.jpg"),
    ]

    prepared = prepare(pictures, tmp_path / "run", names=NAMES, teacher=lambda _: [])

    shown = [Path(line).name for line in (tmp_path / "run/train.txt").read_text().split()]
    assert shown.count("night_ir__night.jpg") == 2
    assert sorted(set(shown)) == [
        "night_ir__empty.jpg",
        "night_ir__night.jpg",
        "night_ir__rendered.jpg",
    ]
    assert prepared.pictures == 4


def test_our_elephant_becomes_the_networks_elephant(tmp_path: Path) -> None:
    prepare([a_picture(tmp_path, "a.jpg")], tmp_path / "run", names=NAMES, teacher=lambda _: [])

    (box,) = read_labels(tmp_path / "run/labels/night_ir__a.txt")

    assert box.class_index == ELEPHANT


@pytest.mark.parametrize(
    ("origin", "is_hidden"), [("fixed CCTV, video frame", True), ("camera trap", False)]
)
def test_only_cctv_loses_its_captions(tmp_path: Path, origin: str, is_hidden: bool) -> None:
    picture = a_picture(tmp_path, "a.jpg", origin=origin)

    prepare([picture], tmp_path / "run", names=NAMES, teacher=lambda _: [])

    laid = cv2.imread(str(tmp_path / "run/images/night_ir__a.jpg"))
    assert laid is not None
    assert bool(laid[:3].mean() < 120) is is_hidden
    assert bool(laid[-5:].mean() < 120) is is_hidden


def test_hiding_captions_keeps_the_size() -> None:
    assert hide_captions(np.zeros((101, 33, 3), np.uint8)).shape == (101, 33, 3)


def test_the_lighting_travels_in_the_name() -> None:
    assert lighting_of_laid(Path("images/night_ir__x__y.jpg")) == "night_ir"


def test_a_name_with_quotes_keeps_the_yaml_whole(tmp_path: Path) -> None:
    prepared = prepare(
        [a_picture(tmp_path, "a.jpg")], tmp_path / "run", names=NAMES, teacher=lambda _: []
    )

    assert '  20: "elephant \\"big\\""' in prepared.data_yaml.read_text()


def test_what_deceives_the_network_is_shown_three_times(tmp_path: Path) -> None:
    tiger = a_picture(tmp_path, "tiger.jpg", boxes=())

    prepare([tiger], tmp_path / "run", names=NAMES, teacher=lambda _: [], hard={tiger.path})

    shown = (tmp_path / "run/train.txt").read_text().split()
    assert len(shown) == 3
