from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.evaluation.looking import Seen
from detector.eyes import Eyes
from detector.release import find_release, load_release
from detector.training.dataset import DatasetError, LabelledBox, LabelledPicture
from detector.training.export import CLASSES
from detector.training.scoring import Jury, Standing, deceiving, standing

EMPTY = LabelledPicture(
    path=Path("a.jpg"),
    split="val",
    lighting="night_ir",
    partial=False,
    sequence_id="a",
    source="ours",
    licence="CC0-1.0",
    origin="",
    night_kind="",
    boxes=(),
)
ELEPHANT = replace(EMPTY, boxes=(LabelledBox(0, 0.5, 0.5, 0.2, 0.2),))
CLAIM_PX = (200.0, 320.0, 160.0, 160.0)  # centre and size of the one claim, left of the middle


def judged(pictures: Sequence[LabelledPicture], scores: Sequence[float]) -> Standing:
    return standing([seen(*pair) for pair in zip(pictures, scores, strict=True)])


def seen(picture: LabelledPicture, score: float) -> Seen:
    claim = Detection(Label.ELEPHANT, score, BoundingBox(0.4, 0.4, 0.2, 0.2))
    return Seen(picture, 640, 480, Lighting(picture.lighting), (claim,), took_ms=1.0)


class Told(Eyes):
    """Claims one elephant, and another animal in its place, as surely as it was told to.

    In a mirror image (bright on the left) the claim is where the mirror puts it.
    """

    def __init__(self, network: tuple[float, float, float]) -> None:
        super().__init__(load_release(find_release("elephant-1.0")))
        self.plain, self.mirrored, self.rival = network

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        width = batch.shape[3]
        is_mirrored = batch[..., : width // 2].mean() > batch[..., width // 2 :].mean()
        output = np.zeros((84, 1), np.float32)
        output[:4, 0] = CLAIM_PX
        if is_mirrored:
            output[0] = width - CLAIM_PX[0]
        output[4 + CLASSES["elephant"][0]] = self.mirrored if is_mirrored else self.plain
        output[4 + CLASSES["animal"][-1]] = self.rival
        return output


@pytest.fixture
def pictures(tmp_path: Path) -> list[LabelledPicture]:
    """One picture with an elephant and one without, dark on the left, bright on the right."""
    pixels = np.zeros((640, 640, 3), np.uint8)
    pixels[:, 320:] = 200
    files = [tmp_path / "with.png", tmp_path / "without.png"]
    for file in files:
        cv2.imwrite(str(file), pixels)
    return [replace(ELEPHANT, path=files[0]), replace(EMPTY, path=files[1])]


def test_one_deceiver_at_night_does_not_cost_the_day_its_elephants() -> None:
    by_day = replace(EMPTY, lighting="day"), replace(ELEPHANT, lighting="day")

    found = judged([EMPTY, ELEPHANT, *by_day], [0.8, 0.5, 0.1, 0.5])

    assert found.recall["night_ir"] == 0
    assert found.recall["day"] == 1
    assert found.thresholds[Lighting.NIGHT_IR] > 0.8 > found.thresholds[Lighting.DAY]


def test_merit_still_tells_networks_apart_that_one_picture_makes_equal() -> None:
    pictures = [*[EMPTY] * 40, ELEPHANT]
    deceived_twice = [0.9, 0.9, *[0.1] * 38, 0.5]
    deceived_often = [*[0.9] * 6, *[0.1] * 34, 0.5]

    twice, often = judged(pictures, deceived_twice), judged(pictures, deceived_often)

    assert twice.recall["night_ir"] == often.recall["night_ir"] == 0
    assert twice.merit > often.merit


def test_one_picture_may_ring_in_the_jury_as_it_may_in_a_release() -> None:
    found = judged([*[EMPTY] * 21, ELEPHANT], [0.9, *[0.1] * 20, 0.5])

    assert found.recall["night_ir"] == 1


def test_the_jury_looks_again_at_what_only_one_side_shows(
    pictures: list[LabelledPicture],
) -> None:
    # the empty picture decides: a threshold lies just above what it is believed to be
    def threshold(*network: float) -> float:
        return max(Jury(pictures, eyes=Told).judge(network).thresholds.values())

    assert threshold(0.6, 0.6, 0) == pytest.approx(0.6, abs=2e-3)
    assert threshold(0.6, 0.15, 0) == pytest.approx(0.3, abs=2e-3)
    assert threshold(0.6, 0.6, 0.2) == pytest.approx(0.3, abs=2e-3)


def test_a_jury_that_knows_no_empty_pictures_is_refused_before_training(
    pictures: list[LabelledPicture],
) -> None:
    with pytest.raises(DatasetError, match="without"):
        Jury(pictures[:1], eyes=Told)


def test_only_pictures_without_elephants_deceive(pictures: list[LabelledPicture]) -> None:
    assert deceiving(pictures, Told((0.6, 0.6, 0)), from_score=0.5) == {pictures[1].path}
    assert deceiving(pictures, Told((0.4, 0.4, 0)), from_score=0.5) == set()
