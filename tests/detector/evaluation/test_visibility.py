from pathlib import Path

import numpy as np
import pytest

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.evaluation.rates import Share
from detector.evaluation.visibility import (
    How,
    Light,
    VisibilityFigures,
    day_elephants,
    visibility_curve,
)
from detector.pictures import Pixels
from detector.training.dataset import LabelledBox, LabelledPicture

THRESHOLDS = {Lighting.DAY: 0.5, Lighting.NIGHT_IR: 0.3, Lighting.THERMAL: 0.3}
ALONE = (LabelledBox(0, 0.5, 0.5, 0.5, 0.6),)


class FakeDetector:
    """Says what it is told of every picture, and remembers the pictures."""

    def __init__(self, *detections: Detection) -> None:
        self.detections = detections
        self.seen: list[bytes] = []
        self.lightings: list[Lighting | None] = []

    def detect(
        self, pixels: Pixels, *, lighting: Lighting | None = None, floor: float | None = None
    ) -> list[Detection]:
        self.seen.append(pixels.tobytes())
        self.lightings.append(lighting)
        return [one for one in self.detections if one.confidence >= (floor or 0)]


class CountsRed(FakeDetector):
    """Finds the red animal while at least half of its 100 x 90 pixels show."""

    def detect(
        self, pixels: Pixels, *, lighting: Lighting | None = None, floor: float | None = None
    ) -> list[Detection]:
        red = (pixels == (10, 10, 240)).all(axis=2)
        if np.count_nonzero(red) < 4500:
            return []
        rows, columns = np.nonzero(red)
        height, width = red.shape
        left, top = columns.min() / width, rows.min() / height
        box = BoundingBox(
            left, top, (columns.max() + 1) / width - left, (rows.max() + 1) / height - top
        )
        return [Detection(Label.ELEPHANT, 0.9, box)]


def a_picture(name: str = "one.jpg", boxes: tuple[LabelledBox, ...] = ALONE) -> LabelledPicture:
    return LabelledPicture(Path(name), "val", "day", False, name, "ours", "CC0", "", "", boxes)


def read(_: Path) -> Pixels:
    """A green wood, 200 x 150, with a red animal where ALONE says."""
    pixels = np.random.default_rng(1).integers(0, 120, (150, 200, 3), np.uint8)
    pixels[..., 1] += 100
    pixels[30:120, 50:150] = (10, 10, 240)
    return pixels


def elephant(box: LabelledBox, confidence: float = 0.9) -> Detection:
    left, top, _, _ = box.corners
    return Detection(Label.ELEPHANT, confidence, BoundingBox(left, top, box.width, box.height))


def point(
    curve: list[VisibilityFigures], how: How, visible: float, lighting: Light = Light.DAY
) -> VisibilityFigures:
    (one,) = [p for p in curve if (p.lighting, p.how, p.visible) == (lighting, how, visible)]
    return one


@pytest.mark.parametrize("how", [How.CUT, How.COVERED])
def test_a_network_that_needs_half_the_animal_loses_it_between_60_and_40_per_cent(how: How) -> None:
    curve = visibility_curve([a_picture()], CountsRed(), THRESHOLDS, read=read)

    recall = [point(curve, how, visible).recall for visible in (0.8, 0.6, 0.4, 0.2)]

    assert point(curve, How.WHOLE, 1.0).recall == 1
    assert recall == [1, 1, 0, 0]


def test_each_animal_of_a_group_counts_once_and_only_for_itself() -> None:
    small, large = LabelledBox(0, 0.2, 0.3, 0.2, 0.2), LabelledBox(0, 0.6, 0.6, 0.4, 0.4)

    curve = visibility_curve(
        [a_picture(boxes=(small, large))], FakeDetector(elephant(large)), THRESHOLDS, read=read
    )

    assert len(curve) == 18
    whole = point(curve, How.WHOLE, 1.0)
    assert (whole.animals, whole.recall) == (2, 0.5)
    assert whole.recall_ci == Share(1, 2).interval


def test_a_crowd_is_told_apart_by_size_and_by_whom_the_whole_picture_shows() -> None:
    small, large = LabelledBox(0, 0.2, 0.3, 0.2, 0.2), LabelledBox(0, 0.6, 0.6, 0.4, 0.4)

    curve = visibility_curve(
        [a_picture(boxes=(small, large)), a_picture("two.jpg")],
        FakeDetector(elephant(large)),
        THRESHOLDS,
        read=read,
    )

    whole, half = point(curve, How.WHOLE, 1.0), point(curve, How.CUT, 0.2)
    assert {name: (part.animals, part.recall) for name, part in whole.some.items()} == {
        "found_whole": (2, 1.0),
        "large": (2, 1.0),
        "small": (1, 0.0),
        "alone": (1, 1.0),
    }
    assert (whole.rings, half.rings) == (1.0, 1.0)
    assert half.some["found_whole"].animals == 2


def test_who_touches_the_edge_or_is_tiny_is_not_tried() -> None:
    at_edge, tiny = LabelledBox(0, 0.1, 0.5, 0.2, 0.5), LabelledBox(0, 0.5, 0.5, 0.05, 0.5)

    curve = visibility_curve(
        [a_picture(boxes=(at_edge, tiny))], FakeDetector(elephant(at_edge)), THRESHOLDS, read=read
    )

    assert {(one.animals, one.recall, one.recall_ci) for one in curve} == {(0, None, None)}


def test_a_person_in_the_elephants_place_is_no_elephant() -> None:
    person = Detection(Label.PERSON, 0.99, elephant(ALONE[0]).box)

    curve = visibility_curve([a_picture()], FakeDetector(person), THRESHOLDS, read=read)

    assert {one.recall for one in curve} == {0}


def test_night_is_recognised_and_judged_by_its_own_threshold() -> None:
    unsure = FakeDetector(elephant(ALONE[0], confidence=0.4))

    curve = visibility_curve([a_picture()], unsure, THRESHOLDS, read=read)

    assert point(curve, How.WHOLE, 1.0, Light.DAY).recall == 0
    assert point(curve, How.WHOLE, 1.0, Light.NIGHT_SIMULATED).recall == 1
    assert unsure.lightings.count(Lighting.DAY) == 9


def test_the_same_seed_shows_the_same_pictures_and_another_seed_others() -> None:
    shown = []
    for seed in (1, 1, 2):
        detector = FakeDetector()
        visibility_curve([a_picture()], detector, THRESHOLDS, seed=seed, read=read)
        shown.append(detector.seen)

    assert shown[0] == shown[1]
    assert shown[0] != shown[2]


def test_a_picture_is_hidden_alike_whichever_others_are_tried() -> None:
    alone, in_company = FakeDetector(), FakeDetector()
    visibility_curve([a_picture("b.jpg")], alone, THRESHOLDS, read=read)
    visibility_curve([a_picture("a.jpg"), a_picture("b.jpg")], in_company, THRESHOLDS, read=read)

    assert in_company.seen[18:] == alone.seen
    assert in_company.seen[:18] != alone.seen


def test_only_day_pictures_with_elephants_are_used() -> None:
    empty = a_picture("empty.jpg", boxes=())

    assert day_elephants([empty, a_picture()]) == [a_picture()]
