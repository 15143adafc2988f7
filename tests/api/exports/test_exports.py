"""A reviewed night in every format, read by the tools that define it, and taken in again."""

import json
import zipfile
from pathlib import Path
from typing import Any

import frictionless
import pytest
from faster_coco_eval import COCO
from sqlalchemy import select

from api.database import Database
from api.dependencies import Parts
from api.jobs.kinds import KINDS
from api.jobs.worker import work_once
from api.review.rules import Decision
from api.tables import Event, Person, Role
from detector.megadetector import PictureResult, from_batch
from detector.training.sources.check import check
from detector.training.sources.listing import list_folder
from tests.api.exports import night
from tests.api.exports.camtrap_dp_schemas import SCHEMAS
from tests.api.exports.night import HEIGHT, WIDTH, document, exported, imported, table
from tests.api.shell import a_shell
from tests.api.world import World


@pytest.fixture
async def world(sqlite_database: Database) -> World:
    """These are about formats; the queries are tested on both databases by the round trip."""
    return await World.build(sqlite_database)


async def test_frictionless_finds_nothing_wrong_with_the_package(
    li: Person, parts: Parts, tmp_path: Path
) -> None:
    package = await exported(parts, li, "camtrap_dp", network=False)
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "package")
    described = document(package, "datapackage.json")
    for resource in described["resources"]:
        name = resource["name"]
        if name in SCHEMAS:
            assert resource["schema"].endswith(f"/1.0.2/{name}-table-schema.json")
            resource["schema"] = SCHEMAS[name]
    del described["profile"]  # lives on the network

    opened = frictionless.Package.from_descriptor(described, basepath=str(tmp_path / "package"))
    report = opened.validate()

    assert report.flatten(["rowNumber", "fieldName", "note"]) == []
    assert [task.stats["rows"] for task in report.tasks][:2] == [3, 12]
    assert {media["filePath"] for media in table(package, "media.csv")} <= {
        path.relative_to(tmp_path / "package").as_posix()
        for path in (tmp_path / "package").rglob("*.jpg")
    }


async def test_positions_are_generalised_unless_one_asks_for_them(
    li: Person, parts: Parts, world: World
) -> None:
    blurred = table(await exported(parts, li, "camtrap_dp"), "deployments.csv")
    exact = table(await exported(parts, li, "camtrap_dp", exact_positions=True), "deployments.csv")

    ridge = f"{world.ridge.latitude:.6f}"
    assert ridge not in {f"{float(row['latitude']):.6f}" for row in blurred}
    assert ridge in {f"{float(row['latitude']):.6f}" for row in exact}
    assert {row["coordinateUncertainty"] for row in blurred} == {"750"}


async def test_coco_reads_the_drawn_box_to_the_pixel(
    li: Person, parts: Parts, tmp_path: Path
) -> None:
    package = await exported(parts, li, "coco")
    (tmp_path / "coco.json").write_text(json.dumps(document(package, "annotations.json")))

    coco = COCO(str(tmp_path / "coco.json"))

    boxes = [one["bbox"] for one in coco.loadAnns(coco.getAnnIds())]
    assert [32, 24, 101, 77] in boxes
    assert len(coco.getImgIds()) == 8  # neither the unsure event nor the one nobody has seen
    assert {(i["width"], i["height"]) for i in coco.loadImgs(coco.getImgIds())} == {(WIDTH, HEIGHT)}


async def test_camera_traps_know_the_empty_frames_and_their_sequence(
    li: Person, parts: Parts
) -> None:
    found = document(await exported(parts, li, "coco_camera_traps"), "annotations.json")

    of_image: dict[str, list[dict[str, Any]]] = {}
    for one in found["annotations"]:
        of_image.setdefault(one["image_id"], []).append(one)
    empty = [
        image
        for image in found["images"]
        if [o["category_id"] for o in of_image[image["id"]]] == [0]
    ]
    assert len(empty) == 2
    assert {image["seq_num_frames"] for image in found["images"]} == {2}
    assert len({image["location"] for image in found["images"]}) == 3


async def test_the_detector_takes_the_yolo_folder_as_it_is(
    li: Person, parts: Parts, tmp_path: Path
) -> None:
    package = await exported(parts, li, "yolo")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "dataset")

    verdict = check([list_folder(tmp_path / "dataset")], threads=1)

    assert verdict.errors == []
    assert verdict.pictures == 8
    about = (tmp_path / "dataset" / "data.yaml").read_text()
    assert "path:" not in about  # ultralytics would look below its own folder, not beside the file
    rows = table(package, "manifest.csv")
    of_split = {
        split: {r["site"] for r in rows if r["split"] == split} for split in ("train", "val")
    }
    assert of_split["train"]
    assert of_split["val"]
    assert of_split["train"].isdisjoint(of_split["val"])
    assert sum(row["n_boxes"] == "0" for row in rows) == 2  # the hard negatives


async def test_the_detectors_own_reader_reads_our_megadetector_file(
    li: Person, parts: Parts, empty: tuple[Parts, Person, World]
) -> None:
    package = await exported(parts, li, "megadetector")
    results = from_batch(json.dumps(document(package, "detections.json")).encode())

    assert len(results) == 12
    assert all(isinstance(result, PictureResult) and result.detections for result in results)
    other, ma, _there = empty
    job = await imported(other, ma, package.read_bytes(), "megadetector", station="Old card")
    assert (job.report["events"], job.report["frames"], job.report["pictures"]) == (6, 12, 12)


async def test_what_a_person_wrote_is_no_formula(
    world: World, parts: Parts, tmp_path: Path
) -> None:
    li = await night.a_reader(world)
    await night.told(world, parts, world.ridge, 0)
    await night.say(world, li, 1, Decision.ELEPHANT, behaviour='=HYPERLINK("http://evil")')

    (row,) = table(await exported(parts, li, "csv"), "events.csv")

    assert row["behaviour"].startswith("'=")
    assert row["verdict"] == "elephant"


async def test_only_who_asked_can_fetch_the_file_and_only_once_it_is_made(
    sqlite_database: Database, tmp_path: Path
) -> None:
    await World.build(sqlite_database)
    shell = a_shell(sqlite_database, tmp_path)
    async with shell.signed_in(Role.RESEARCHER) as asker, shell.signed_in(Role.OPERATOR) as other:
        job = (await asker.post("/api/v1/exports", json={"format": "csv"})).json()
        file = f"/api/v1/jobs/{job['id']}/file"
        early = await asker.get(file)
        assert await work_once(shell.parts, KINDS)
        answers = [early, await other.get(file), await asker.get(file)]

    assert [answer.status_code for answer in answers] == [404, 404, 200]
    assert answers[2].content.startswith(b"PK")
    async with sqlite_database.reading() as session:
        assert await session.scalar(select(Event.id)) is None
