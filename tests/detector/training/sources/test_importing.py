from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox, Label
from detector.training.dataset import read_dataset
from detector.training.sources.check import check
from detector.training.sources.entries import LabelledThing, LeftOut, SourcePicture
from detector.training.sources.importing import Wish, split_of, write_dataset
from detector.training.sources.listing import list_folder

WISH = Wish("example/set", "CC0-1.0", val_share=0.5)
ELEPHANT = LabelledThing(Label.ELEPHANT, BoundingBox(0.0, 0.2, 0.3, 0.4))
PERSON = LabelledThing(Label.PERSON, BoundingBox(0.5, 0.2, 0.3, 0.4))


@pytest.fixture
def picture(tmp_path: Path, scene: Callable[..., Any]) -> Callable[..., SourcePicture]:
    count = 0

    def draw(name: str, *things: LabelledThing, **more: Any) -> SourcePicture:
        nonlocal count
        count += 1
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), scene(count))
        return SourcePicture(path, name, things, **more)

    return draw


def test_what_is_written_passes_the_check_and_trains(
    tmp_path: Path, picture: Callable[..., SourcePicture]
) -> None:
    out = tmp_path / "out"
    entries = [picture(f"cam{n % 3}/{n}.jpg", ELEPHANT, PERSON, site=f"s{n % 3}") for n in range(9)]

    imported = write_dataset([*entries, picture("empty.jpg")], out, WISH)

    assert check([list_folder(out)]).findings == ()
    assert imported.pictures == len(read_dataset(out)) == 10
    assert imported.boxes == Counter({Label.ELEPHANT: 9, Label.PERSON: 9})
    read = {one.path.stem: one for one in read_dataset(out)}
    assert read["cam0__0"].partial
    assert not read["empty"].has_elephant
    corners = read["cam0__0"].boxes[0].corners
    assert corners == pytest.approx((0.0, 0.2, 0.3, 0.6), abs=1e-6)


def test_two_cameras_may_use_the_same_names(
    tmp_path: Path, picture: Callable[..., SourcePicture]
) -> None:
    names = ["a/IMG_1.jpg", "b/IMG_1.jpg", "a__IMG_1.jpg", "A/img_1.PNG"]

    write_dataset([picture(name) for name in names], tmp_path / "out", WISH)

    stems = [one.path.stem.casefold() for one in read_dataset(tmp_path / "out")]
    assert len(set(stems)) == 4


def test_a_cut_person_makes_no_partial_elephant(
    tmp_path: Path, picture: Callable[..., SourcePicture]
) -> None:
    cut = LabelledThing(Label.PERSON, BoundingBox(0.0, 0.2, 0.3, 0.4))

    write_dataset([picture("a.jpg", cut)], tmp_path / "out", WISH)

    assert not read_dataset(tmp_path / "out")[0].partial
    assert check([list_folder(tmp_path / "out")]).findings == ()


def test_a_broken_picture_is_left_out_and_the_next_comes_in(
    tmp_path: Path, picture: Callable[..., SourcePicture]
) -> None:
    broken, good = picture("a.jpg", ELEPHANT), picture("b.jpg", ELEPHANT)
    broken.path.write_bytes(b"\xff\xd8\xff")

    imported = write_dataset([broken, LeftOut("c.jpg", "no box"), good], tmp_path / "out", WISH)

    assert imported.pictures == 1
    assert [(left.where, left.is_fault) for left in imported.left_out] == [
        ("a.jpg", True),
        ("c.jpg", False),
    ]


def test_boxes_of_another_shape_are_not_believed(
    tmp_path: Path, picture: Callable[..., SourcePicture]
) -> None:
    turned = picture("a.jpg", ELEPHANT, aspect=240 / 320)
    smaller = picture("b.jpg", ELEPHANT, aspect=1280 / 960)

    imported = write_dataset([turned, smaller], tmp_path / "out", WISH)

    assert imported.pictures == 1
    assert "another shape" in imported.left_out[0].reason


@pytest.mark.parametrize("copy", [True, False])
def test_pictures_are_linked_unless_copies_are_asked_for(
    tmp_path: Path, picture: Callable[..., SourcePicture], copy: bool
) -> None:
    source = picture("a.jpg")

    write_dataset([source], tmp_path / "out", Wish("s", "l", copy=copy))

    (read,) = read_dataset(tmp_path / "out")
    assert read.path.samefile(source.path) is not copy
    assert read.path.read_bytes() == source.path.read_bytes()


@given(st.text(min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_a_site_that_is_in_val_stays_there_as_val_grows(site: str, one: float, two: float) -> None:
    smaller, larger = sorted((one, two))

    assert not (split_of(site, smaller) == "val" and split_of(site, larger) == "train")


def test_a_share_of_sites_is_about_that_share() -> None:
    sites = Counter(split_of(f"site {number}", 0.2) for number in range(2000))

    assert 0.17 < sites["val"] / 2000 < 0.23
