from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.pictures import Pixels
from detector.training.dataset import read_dataset
from detector.training.sources.harvest import harvest, sure_boxes

BOX = BoundingBox(0.2, 0.2, 0.3, 0.4)
ELSEWHERE = BoundingBox(0.7, 0.1, 0.2, 0.2)


def elephant(confidence: float, box: BoundingBox = BOX) -> Detection:
    return Detection(Label.ELEPHANT, confidence, box)


class Lopsided:
    """Sees an elephant on the left of every picture, whatever is there."""

    def detect(
        self, pixels: Pixels, *, lighting: Lighting | None = None, floor: float | None = None
    ) -> list[Detection]:
        return [elephant(0.9)]


class Blind:
    def detect(
        self, pixels: Pixels, *, lighting: Lighting | None = None, floor: float | None = None
    ) -> list[Detection]:
        return []


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "visit.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (64, 48))
    for level in range(12):
        writer.write(np.full((48, 64, 3), 10 * level, np.uint8))
    writer.release()
    return path


def test_two_sure_looks_make_a_label() -> None:
    assert sure_boxes([elephant(0.7)], [elephant(0.8)]) == [BOX]


@pytest.mark.parametrize(
    ("plain", "mirrored"),
    [
        ([elephant(0.9)], []),
        ([elephant(0.4)], [elephant(0.4)]),
        ([elephant(0.9)], [elephant(0.9), elephant(0.3, ELSEWHERE)]),
    ],
    ids=["seen once only", "seen twice without being sure", "a second one, perhaps"],
)
def test_a_frame_with_any_doubt_is_left_out(
    plain: list[Detection], mirrored: list[Detection]
) -> None:
    assert sure_boxes(plain, mirrored) == []


def test_who_sees_elephants_on_one_side_only_labels_nothing(film: Path, tmp_path: Path) -> None:
    found = harvest([film], tmp_path / "out", Lopsided(), every=4, source="here", licence="ours")
    assert (found.looked_at, found.taken) == (3, 0)


def test_films_said_to_be_empty_are_taken_whole(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    harvest([film], out, None, every=4, source="here", licence="ours")
    pictures = read_dataset(out, split="train")
    assert len(pictures) == 3
    assert {picture.sequence_id for picture in pictures} == {"visit"}
    assert not any(picture.has_elephant for picture in pictures)


def test_a_film_that_is_none_stops_nothing(film: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"no film")
    found = harvest([broken, film], tmp_path / "out", None, every=6, source="", licence="")
    assert found.taken == 2
