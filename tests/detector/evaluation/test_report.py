import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.evaluation.confirmation import STATION_RULE, confirmed_at
from detector.evaluation.looking import Seen, look
from detector.evaluation.report import Report, report
from detector.evaluation.thresholds import choose_thresholds
from detector.pictures import Pixels, UnreadablePictureError
from detector.training.dataset import LabelledBox, LabelledPicture, read_dataset

ELEPHANT_BOX = BoundingBox(0.25, 0.25, 0.5, 0.5)
THRESHOLDS = dict.fromkeys(Lighting, 0.5)


class FakeDetector:
    """Takes the brightness of a picture's corner for its confidence; also always sees a person."""

    def detect(
        self, pixels: Pixels, *, lighting: Lighting | None = None, floor: float | None = None
    ) -> list[Detection]:
        confidence = float(pixels[0, 0, 0]) / 255
        person = Detection(Label.PERSON, 0.99, ELEPHANT_BOX)
        return [person, Detection(Label.ELEPHANT, confidence, ELEPHANT_BOX)]


def put(folder: Path, name: str, confidence: float, *, elephant: bool, **cells: object) -> str:
    """Write one picture for which FakeDetector says `confidence`; return its manifest row."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:] = (30, 90, 160)  # coloured: recognised as day
    pixels[0, 0, 0] = round(confidence * 255)
    cv2.imwrite(str(folder / "images" / f"{name}.png"), pixels)
    (folder / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.5 0.5\n" if elephant else "")
    lighting, partial = cells.get("lighting", "day"), cells.get("partial", 0)
    return f"images/{name}.png,val,{lighting},{partial},{cells.get('sequence', name)},ours,CC0\n"


@pytest.fixture
def judged(tmp_path: Path) -> Report:
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    rows = [
        put(tmp_path, "walk1", 0.9, elephant=True, sequence="walk"),
        put(tmp_path, "walk2", 0.2, elephant=True, sequence="walk", partial=1),
        put(tmp_path, "walk3", 0.8, elephant=True, sequence="walk", lighting="night_ir"),
        put(tmp_path, "half", 0.3, elephant=True, partial=1),
        put(tmp_path, "deer", 0.6, elephant=False),
        put(tmp_path, "bush", 0.1, elephant=False),
        put(tmp_path, "moon", 0.1, elephant=False, lighting="night_ir"),
    ]
    header = "file,split,lighting,partial,sequence_id,source_repo,licence\n"
    (tmp_path / "manifest.csv").write_text(header + "".join(rows))
    return report("fake-1", look(read_dataset(tmp_path), FakeDetector()), THRESHOLDS)


def test_a_person_is_never_counted_as_an_elephant(judged: Report) -> None:
    assert judged.groups["all"].false_alarm_rate == pytest.approx(1 / 3)


def test_every_group_counts_its_own_pictures(judged: Report) -> None:
    counted = {
        name: (group.positives, group.negatives, group.image_recall)
        for name, group in judged.groups.items()
    }

    assert counted == {
        "all": (4, 3, 0.5),
        "day": (3, 2, pytest.approx(1 / 3)),
        "night_ir": (1, 1, 1.0),
        "thermal": (0, 0, None),
        "partial": (2, 3, 0.0),
        "whole": (2, 3, 1.0),
    }


def test_a_walk_is_found_by_two_frames_and_a_missed_elephant_stays_missed(judged: Report) -> None:
    sequences = judged.sequences

    assert (sequences.n, sequences.recall, sequences.false_alarms) == (2, 0.5, 1)


def test_a_sure_false_alarm_costs_precision_but_not_recall(judged: Report) -> None:
    assert judged.groups["night_ir"].ap50 == pytest.approx(1.0)
    assert judged.groups["thermal"].ap50 is None
    # .9 and .8 are right, .6 is wrong, .3 and .2 are right: precision is 1 for half the recall,
    # then 4 of 5; on COCO's 101 recall points that is (51 * 1 + 50 * 0.8) / 101
    assert judged.groups["all"].ap50 == pytest.approx((51 + 50 * 0.8) / 101, abs=1e-3)


def test_the_report_is_plain_json_with_agreed_names(judged: Report) -> None:
    read_back = json.loads(json.dumps(judged.as_json()))

    assert set(read_back) == {"release", "groups", "sequences", "latency_ms"}
    assert read_back["groups"]["all"]["image_recall_ci"] == pytest.approx([0.15, 0.85], abs=1e-3)
    assert read_back["latency_ms"]["p50"] <= read_back["latency_ms"]["p95"]


@pytest.mark.parametrize(
    ("answers", "believed"),
    [
        ([True], True),
        ([False], False),
        ([], False),
        ([True, False], False),
        ([True, False, False, True], True),
        ([True, False, False, False, True], False),
    ],
)
def test_two_of_four_frames_make_an_event(answers: list[bool], believed: bool) -> None:
    assert (confirmed_at(answers, STATION_RULE) is not None) is believed


def test_a_picture_that_cannot_be_read_stops_the_evaluation(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 cut short")

    with pytest.raises(UnreadablePictureError):
        look([a_picture(broken)], FakeDetector())


def a_picture(path: Path, *boxes: LabelledBox) -> LabelledPicture:
    return LabelledPicture(path, "val", "day", False, path.stem, "ours", "CC0", "", "", boxes)


def a_seen(lighting: Lighting, score: float, *boxes: LabelledBox) -> Seen:
    elephants = (Detection(Label.ELEPHANT, score, ELEPHANT_BOX),)
    return Seen(a_picture(Path("frame.jpg"), *boxes), 60, 40, lighting, elephants, 1.0)


def test_each_lighting_gets_the_threshold_its_own_negatives_ask_for() -> None:
    seen = [a_seen(Lighting.DAY, 0.3), a_seen(Lighting.NIGHT_IR, 0.6), a_seen(Lighting.DAY, 0.2)]

    thresholds = choose_thresholds(seen, 0.02)

    assert thresholds[Lighting.DAY] == pytest.approx(0.301)
    assert thresholds[Lighting.NIGHT_IR] == pytest.approx(0.601)
    assert thresholds[Lighting.THERMAL] == pytest.approx(0.601)  # no own: all lightings' worst


def test_the_surest_of_two_dozen_deceivers_does_not_decide_alone() -> None:
    seen = [a_seen(Lighting.THERMAL, 0.9), *(a_seen(Lighting.THERMAL, 0.5) for _ in range(20))]

    assert choose_thresholds(seen, 0.02)[Lighting.THERMAL] == pytest.approx(0.501)


def test_a_threshold_keeps_its_distance_from_deceivers_and_loses_no_elephant() -> None:
    there = LabelledBox(0, 0.5, 0.5, 0.4, 0.6)
    seen = [a_seen(Lighting.DAY, 0.4), a_seen(Lighting.DAY, 0.1, there)]

    near = choose_thresholds([*seen, a_seen(Lighting.DAY, 0.5, there)], 0.02)
    far = choose_thresholds([*seen, a_seen(Lighting.DAY, 0.8, there)], 0.02)

    assert (near[Lighting.DAY], far[Lighting.DAY]) == pytest.approx((0.451, 0.601))
