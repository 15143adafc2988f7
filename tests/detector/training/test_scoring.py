from dataclasses import replace
from pathlib import Path

from detector.training.dataset import LabelledBox, LabelledPicture
from detector.training.scoring import standing

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


def test_one_deceiver_at_night_does_not_cost_the_day_its_elephants() -> None:
    by_day = replace(EMPTY, lighting="day"), replace(ELEPHANT, lighting="day")
    pictures = [EMPTY, ELEPHANT, *by_day]

    found = standing(pictures, [0.9, 0.5, 0.1, 0.5])

    assert found.recall["night_ir"] == 0
    assert found.recall["day"] == 1
    assert found.thresholds["night_ir"] > 0.9 > found.thresholds["day"]


def test_merit_still_tells_networks_apart_that_one_picture_makes_equal() -> None:
    empties = [EMPTY] * 40
    pictures = [*empties, ELEPHANT]
    deceived_once = [0.9, *[0.1] * 39, 0.5]
    deceived_often = [*[0.9] * 6, *[0.1] * 34, 0.5]

    once, often = standing(pictures, deceived_once), standing(pictures, deceived_often)

    assert once.recall["night_ir"] == often.recall["night_ir"] == 0
    assert once.merit > often.merit
