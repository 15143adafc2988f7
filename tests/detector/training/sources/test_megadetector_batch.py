import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import pytest

from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.megadetector import About, PictureResult, write_results
from detector.training.sources.entries import LeftOut, Source, SourcePicture
from detector.training.sources.megadetector_batch import read_batch
from detector.training.sources.vocabulary import Vocabulary

TRAPS = Vocabulary(Label.ANIMAL)


@pytest.fixture
def read(tmp_path: Path, scene: Callable[..., Any]) -> Callable[..., Source]:
    def write_and_read(
        *images: Any, vocabulary: Vocabulary = TRAPS, confidence: float = 0.5
    ) -> Source:
        cv2.imwrite(str(tmp_path / "a.jpg"), scene(1))
        document = {
            "info": {"format_version": "1.6", "detector": "md_v5a"},
            "detection_categories": {"1": "animal", "2": "person", "3": "vehicle"},
            "classification_categories": {"0": "elephas maximus", "1": "bos gaurus"},
            "images": images,
        }
        path = tmp_path / "batch.json"
        path.write_text(json.dumps(document))
        return read_batch(path, tmp_path, vocabulary, confidence)

    return write_and_read


def an_image(*detections: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"file": "a.jpg", "detections": list(detections), **more}


def a_box(category: str, conf: float = 0.9, **more: Any) -> dict[str, Any]:
    return {"category": category, "conf": conf, "bbox": [0.1, 0.2, 0.3, 0.4], **more}


def only(source: Source) -> SourcePicture:
    (entry,) = source.entries
    assert isinstance(entry, SourcePicture), entry
    return entry


def test_a_classification_says_which_animal_it_is(read: Callable[..., Source]) -> None:
    elephant = a_box("1", classifications=[["1", 0.2], ["0", 0.7]])

    (thing,) = only(read(an_image(elephant))).things

    assert thing.label is Label.ELEPHANT
    assert thing.box == BoundingBox(0.1, 0.2, 0.3, 0.4)


def test_an_animal_that_nobody_named_may_be_an_elephant(read: Callable[..., Source]) -> None:
    (left,) = read(an_image(a_box("1"))).entries

    assert isinstance(left, LeftOut)
    assert "may be an elephant" in left.reason
    assert not left.is_fault


def test_the_user_can_say_what_the_animals_are(read: Callable[..., Source]) -> None:
    vocabulary = Vocabulary.of(Label.ANIMAL, {"animal": "animal"})

    assert only(read(an_image(a_box("1")), vocabulary=vocabulary)).things[0].label is Label.ANIMAL


def test_what_is_not_believed_is_not_there(read: Callable[..., Source]) -> None:
    picture = only(read(an_image(a_box("1", conf=0.3), a_box("2", conf=0.8))))

    assert [thing.label for thing in picture.things] == [Label.PERSON]
    assert picture.label_by == "machine: md_v5a"


def test_nothing_seen_is_an_empty_picture_and_a_failure_is_none(
    read: Callable[..., Source],
) -> None:
    assert only(read(an_image())).things == ()
    (left,) = read({"file": "a.jpg", "failure": "Failure image access"}).entries
    assert isinstance(left, LeftOut)
    assert "Failure image access" in left.reason


@pytest.mark.parametrize(
    "broken",
    [
        {"detections": []},
        {"file": "a.jpg", "detections": [{"category": "1", "conf": 2, "bbox": [0, 0, 1, 1]}]},
        {"file": "a.jpg", "detections": [a_box("2", bbox=[0.1, 0.2, 0.3])]},
        {"file": "a.jpg", "detections": [a_box("2", bbox=[160, 120, 64, 48])]},
        {"file": "a.jpg", "detections": [a_box("9")]},
        7,
    ],
)
def test_a_broken_record_costs_itself_alone(read: Callable[..., Source], broken: Any) -> None:
    bad, good = read(broken, an_image(a_box("2"))).entries

    assert isinstance(bad, LeftOut)
    assert bad.is_fault
    assert isinstance(good, SourcePicture)


def test_our_own_results_come_back(tmp_path: Path, scene: Callable[..., Any]) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), scene(1))
    box = BoundingBox(0.25, 0.25, 0.5, 0.25)
    seen = (Detection(Label.ELEPHANT, 0.9, box), Detection(Label.ANIMAL, 0.8, box))
    about = About("elephant-0.1", datetime.now(UTC), dict.fromkeys(Lighting, 0.4), 0.05)
    write_results(tmp_path / "ours.json", [PictureResult("a.jpg", seen)], about)

    picture = only(read_batch(tmp_path / "ours.json", tmp_path, TRAPS, 0.5))

    # where a file tells elephants, its animals are others
    assert [(one.label, one.box) for one in picture.things] == [
        (Label.ELEPHANT, box),
        (Label.ANIMAL, box),
    ]
