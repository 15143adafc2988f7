"""A box that a hand drew is the same pixels in every export that has boxes, and back again."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.database import Database
from api.dependencies import Parts
from api.tables import Detection, Person
from tests.api.exports.night import HEIGHT, WIDTH, document, exported, imported, table
from tests.api.world import World

DRAWN = [(32, 24, 101, 77), (0, 0, 7, 9)]  # left, top, width, height in pixels; see `night`
Pixels = tuple[float, ...]


@pytest.fixture
async def world(sqlite_database: Database) -> World:
    return await World.build(sqlite_database)


@pytest.mark.parametrize(
    "format_", ["coco", "coco_camera_traps", "yolo", "camtrap_dp", "megadetector"]
)
async def test_the_drawn_boxes_are_in_the_export_to_the_pixel(
    format_: str, li: Person, parts: Parts
) -> None:
    found = list(_boxes(await exported(parts, li, format_), format_))

    for drawn in DRAWN:
        nearest = min(found, key=lambda box: max(map(_apart, box, drawn)))
        assert nearest == pytest.approx(drawn, abs=0.01), format_


@pytest.mark.parametrize("format_", ["camtrap_dp", "megadetector"])
async def test_an_empty_server_that_takes_the_export_in_has_the_same_boxes(
    format_: str, li: Person, parts: Parts, empty: tuple[Parts, Person, World]
) -> None:
    package = await exported(parts, li, format_)
    new, ma, there = empty

    job = await imported(new, ma, package.read_bytes(), format_, station="Old card")
    again = await exported(new, ma, format_)

    assert job.report["left_out"] == []
    assert len(await there.rows(Detection)) == 12
    before, after = (sorted(_boxes(each, format_)) for each in (package, again))
    assert len(after) == len(before)
    for one, same in zip(before, after, strict=True):
        assert same == pytest.approx(one, abs=0.01)


def _apart(one: float, other: float) -> float:
    return abs(one - other)


def _boxes(package: Path, format_: str) -> Iterator[Pixels]:
    """Every box of an export in pixels: left, top, width, height."""
    return _READ[format_](package)


def _coco(package: Path) -> Iterator[Pixels]:
    found = document(package, "annotations.json")["annotations"]
    return (tuple(one["bbox"]) for one in found if "bbox" in one)


def _camtrap_dp(package: Path) -> Iterator[Pixels]:
    sides = ("bboxX", "bboxY", "bboxWidth", "bboxHeight")
    rows = (row for row in table(package, "observations.csv") if row["bboxX"])
    return (_pixels(*(float(row[side]) for side in sides)) for row in rows)


def _megadetector(package: Path) -> Iterator[Pixels]:
    pictures = document(package, "detections.json")["images"]
    return (_pixels(*one["bbox"]) for each in pictures for one in each["detections"] or ())


def _yolo(package: Path) -> Iterator[Pixels]:
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            if name.endswith(".txt") and "/labels/" in name:
                for line in archive.read(name).decode().splitlines():
                    across, down, wide, high = map(float, line.split()[1:])
                    yield _pixels(across - wide / 2, down - high / 2, wide, high)


def _pixels(left: float, top: float, width: float, height: float) -> Pixels:
    return left * WIDTH, top * HEIGHT, width * WIDTH, height * HEIGHT


_READ: dict[str, Callable[[Path], Iterator[Pixels]]] = {
    "coco": _coco,
    "coco_camera_traps": _coco,
    "yolo": _yolo,
    "camtrap_dp": _camtrap_dp,
    "megadetector": _megadetector,
}
