import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from detector.detection import Label
from detector.training.sources.coco import read_camera_traps, read_coco
from detector.training.sources.entries import LeftOut, Source, SourcePicture, UnreadableSourceError
from detector.training.sources.vocabulary import Unlabelled, Vocabulary

COCO = Vocabulary(Unlabelled.IGNORE)
TRAPS = Vocabulary(Label.ANIMAL)
CATEGORIES = [
    {"id": 0, "name": "empty"},
    {"id": 1, "name": "elephant"},
    {"id": 2, "name": "chair"},
    {"id": 3, "name": "sambar"},
    {"id": 4, "name": "unknown"},
]


@pytest.fixture
def write(tmp_path: Path, scene: Callable[..., Any]) -> Callable[..., Path]:
    def write_source(images: list[Any], annotations: list[Any], **more: Any) -> Path:
        for number, image in enumerate(images):
            if isinstance(image, dict) and "://" not in image.get("file_name", "://"):
                cv2.imwrite(str(tmp_path / image["file_name"]), scene(number))
        document = {"images": images, "annotations": annotations, "categories": CATEGORIES, **more}
        path = tmp_path / "source.json"
        path.write_text(json.dumps(document))
        return path

    return write_source


def an_image(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": number, "file_name": f"{number}.jpg", "width": 320, "height": 240, **more}


def a_mark(category: int, image: int | str = 1, **more: Any) -> dict[str, Any]:
    return {"id": 9, "image_id": image, "category_id": category, "bbox": [32, 24, 64, 48], **more}


def pictures(source: Source) -> list[SourcePicture]:
    return [entry for entry in source.entries if isinstance(entry, SourcePicture)]


def left_out(source: Source) -> list[LeftOut]:
    return [entry for entry in source.entries if isinstance(entry, LeftOut)]


def test_pixels_become_fractions(write: Callable[..., Path]) -> None:
    path = write([an_image()], [a_mark(1), a_mark(2)], licenses=[{"name": "CC BY 4.0"}])

    source = read_coco(path, path.parent, COCO)

    (picture,) = pictures(source)
    (elephant,) = picture.things  # the chair is none of ours
    assert elephant.label is Label.ELEPHANT
    assert (elephant.box.left, elephant.box.top) == (0.1, 0.1)
    assert (elephant.box.width, elephant.box.height) == (0.2, 0.2)
    assert source.licence == "CC BY 4.0"


def test_a_picture_nobody_marked_is_empty_in_coco_and_unknown_in_camera_traps(
    write: Callable[..., Path],
) -> None:
    path = write([an_image()], [])

    assert pictures(read_coco(path, path.parent, COCO))[0].things == ()
    assert pictures(read_camera_traps(path, path.parent, TRAPS)) == []


def test_camera_traps_know_site_sequence_and_species(write: Callable[..., Path]) -> None:
    images = [an_image(1, location="ridge", seq_id="s7"), an_image(2, location=12, seq_id=8)]
    path = write(images, [a_mark(3), a_mark(0, image=2)])

    deer, empty = pictures(read_camera_traps(path, path.parent, TRAPS))

    assert (deer.site, deer.sequence_id, deer.species) == ("ridge", "s7", "sambar")
    assert deer.things[0].label is Label.ANIMAL
    assert (empty.site, empty.sequence_id, empty.things) == ("12", "8", ())


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (a_mark(1, bbox=None), "no box"),
        (a_mark(4), "may be an elephant"),
        (a_mark(1, iscrowd=1), "crowd"),
    ],
)
def test_a_picture_that_teaches_nothing_is_left_out_without_blame(
    write: Callable[..., Path], mark: dict[str, Any], reason: str
) -> None:
    path = write([an_image()], [mark])

    (left,) = left_out(read_camera_traps(path, path.parent, TRAPS))

    assert reason in left.reason
    assert not left.is_fault


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (a_mark(1, bbox=[300, 24, 64, 48]), "leaves the frame"),
        (a_mark(1, bbox=[32, 24, 0, 48]), "no size"),
        (a_mark(77), "category 77"),
        (a_mark(1, bbox=[1, 2, 3]), "cannot be read"),
        (a_mark(1, bbox="everywhere"), "cannot be read"),
    ],
)
def test_a_bad_box_costs_its_picture_and_no_other(
    write: Callable[..., Path], mark: dict[str, Any], reason: str
) -> None:
    path = write([an_image(1), an_image(2)], [mark, a_mark(1, image=2)])

    source = read_coco(path, path.parent, COCO)

    assert [picture.name for picture in pictures(source)] == ["2.jpg"]
    blamed = {left.where: left for left in left_out(source)}
    assert reason in blamed["1.jpg"].reason
    assert blamed["1.jpg"].is_fault


def test_a_deer_without_a_box_is_a_good_negative_if_only_elephants_count(
    write: Callable[..., Path],
) -> None:
    path = write([an_image()], [a_mark(3, bbox=None)])
    elephants = Vocabulary(Label.ANIMAL, only=frozenset({Label.ELEPHANT}))

    (picture,) = pictures(read_camera_traps(path, path.parent, elephants))

    assert picture.things == ()


def test_an_unreadable_record_is_named_by_its_place(write: Callable[..., Path]) -> None:
    path = write([an_image(1), {"id": 2}, "nonsense"], [a_mark(1), a_mark(1, image="lost")])

    source = read_coco(path, path.parent, COCO)

    assert len(pictures(source)) == 1
    places = [left.where for left in left_out(source)]
    assert f"{path}, images[1]" in places
    assert f"{path}, images[2]" in places
    assert f"{path}, image lost" in places


def test_a_size_that_is_not_stated_is_read_from_the_picture(write: Callable[..., Path]) -> None:
    path = write([an_image(width=None, height=None)], [a_mark(1)])

    (picture,) = pictures(read_camera_traps(path, path.parent, TRAPS))

    assert picture.things[0].box.left == 0.1


@pytest.mark.parametrize("name", ["../outside.jpg", "https://example.org/1.jpg", "missing.jpg"])
def test_pictures_come_from_below_the_folder_alone(
    tmp_path: Path, scene: Callable[..., Any], name: str
) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    cv2.imwrite(str(tmp_path / "outside.jpg"), scene(1))
    path = folder / "coco.json"
    image = {**an_image(), "file_name": name}
    path.write_text(json.dumps({"images": [image], "annotations": [], "categories": []}))

    source = read_coco(path, folder, COCO)

    assert pictures(source) == []
    assert left_out(source)[0].where == name


@pytest.mark.parametrize("text", ["", "[]", "{", '{"images": []}', '{"images": 3}', "\x00"])
def test_what_is_no_coco_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "coco.json"
    path.write_text(text)

    with pytest.raises(UnreadableSourceError, match=r"coco\.json"):
        read_coco(path, tmp_path, COCO)
