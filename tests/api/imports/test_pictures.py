"""What cards and packages bring: pictures, foreign tables, broken ones among them."""

import json
import struct
from pathlib import Path

import pytest

from api.database import Database
from api.dependencies import Parts
from api.review.tables import EventReview, Label
from api.tables import Alert, Detection, Event, Person, Role, Station
from tests.api.exports import night
from tests.api.exports.night import imported, zipped
from tests.api.shell import Shell, a_shell
from tests.api.world import World


@pytest.fixture
async def world(sqlite_database: Database) -> World:
    """These are about what comes in; the rows are tested on both databases elsewhere."""
    return await World.build(sqlite_database)


@pytest.fixture
def parts(world: World, tmp_path: Path) -> Parts:
    return a_shell(world.database, tmp_path).parts


@pytest.fixture
async def li(world: World) -> Person:
    return await night.a_reader(world)


def taken(text: str, number: int = 1) -> bytes:
    """A picture that says when it was taken."""
    stamp = text.encode() + b"\0"
    fields = struct.pack("<H", 1) + struct.pack("<HHII", 0x0132, 2, len(stamp), 26) + b"\0\0\0\0"
    block = b"II*\0" + struct.pack("<I", 8) + fields + stamp
    body = b"Exif\0\0" + block
    picture = night.a_picture(number)
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + picture[2:]


async def test_a_card_of_pictures_becomes_events_of_its_cameras(
    world: World, parts: Parts, li: Person
) -> None:
    card = zipped(
        {
            "east/1.jpg": taken("2026:03:01 02:00:00", 1),
            "east/2.jpg": taken("2026:03:01 02:04:00", 2),
            "east/3.jpg": taken("2026:03:01 09:00:00", 3),
            "west/1.jpg": taken("2026:03:01 02:01:00", 4),
            "west/no-time.jpg": night.a_picture(5),
            "west/torn.jpg": taken("2026:03:01 02:01:30", 6)[:-40],
            "notes.txt": b"hello",
        }
    )

    job = await imported(parts, li, card, "pictures", station="Card 7")

    assert (job.state, job.report["events"], job.report["frames"]) == ("done", 3, 5)
    assert job.report["pictures"] == 4
    told = " ".join(job.report["left_out"])
    assert all(name in told for name in ("no-time.jpg", "torn.jpg", "notes.txt"))
    cameras = sorted({row.deployment_id for row in await world.rows(Event)})
    assert cameras == ["east", "west"]
    assert "card-7" in {row.name_id for row in await world.rows(Station)}
    assert {row.historical for row in await world.rows(Detection)} == {True}
    assert await world.rows(Alert) == []


async def test_a_foreign_package_with_a_bad_row_gives_the_rest(
    world: World, parts: Parts, li: Person
) -> None:
    package = zipped(
        {
            "pkg/datapackage.json": b"{}",
            "pkg/deployments.csv": b"deploymentID,latitude,longitude\nd1,21.9,100.8\nd2,999,1\n",
            "pkg/media.csv": (
                b"mediaID,deploymentID,timestamp,filePath,filePublic,fileMediatype\n"
                b"m1,d1,2020-05-01T02:00:00Z,m/1.jpg,true,image/jpeg\n"
                b"m2,d2,2020-05-01T02:00:00Z,m/2.jpg,true,image/jpeg\n"
                b"m3,d1,yesterday,m/3.jpg,true,image/jpeg\n"
            ),
            "pkg/observations.csv": (
                b"observationID,deploymentID,eventID,eventStart,eventEnd,observationLevel,"
                b"observationType,scientificName,count,lifeStage,classificationMethod,classifiedBy\n"
                b"o1,d1,e1,2020-05-01T02:00:00Z,2020-05-01T02:01:00Z,event,animal,"
                b"Elephas maximus,2,adult,human,Jo\n"
                b"o2,d1,e1,2020-05-01T02:00:00Z,2020-05-01T02:01:00Z,event,animal,"
                b"Elephas maximus,1,juvenile,human,Jo\n"
            ),
        }
    )

    job = await imported(parts, li, package, "camtrap_dp")

    assert (job.state, job.report["events"], job.report["left_out_count"]) == ("done", 1, 3)
    (label,) = await world.rows(Label)
    assert (label.said_by, label.count, label.person_id) == ("Jo", 3, None)
    assert [group["life_stage"] for group in label.groups] == ["adult", "juvenile"]
    (review,) = await world.rows(EventReview)
    assert (review.state, review.verdict) == ("done", "elephant")


@pytest.mark.parametrize(
    ("files", "source", "says"),
    [
        (None, "pictures", "no ZIP file"),
        ({"a.txt": b"x"}, "camtrap_dp", "no datapackage.json"),
        ({"datapackage.json": b"{}"}, "camtrap_dp", "there is no deployments.csv"),
        ({"x.json": json.dumps({"images": []}).encode()}, "megadetector", "detection_categories"),
        ({"../x.jpg": b"x"}, "pictures", "leads out"),
    ],
)
async def test_what_cannot_be_taken_says_why(
    files: dict[str, bytes] | None, source: str, says: str, parts: Parts, li: Person, world: World
) -> None:
    job = await imported(parts, li, b"rubbish" if files is None else zipped(files), source)

    assert job.state == "failed"
    assert says in job.problem
    assert await world.rows(Event) == []


async def test_a_file_is_handed_in_by_http_as_a_zip_and_nothing_else(
    world: World, tmp_path: Path
) -> None:
    shell: Shell = a_shell(world.database, tmp_path)
    card = zipped({"east/1.jpg": taken("2026:03:01 02:00:00")})
    async with shell.signed_in(Role.RESEARCHER) as client:
        asked = (await client.post("/api/v1/imports", json={"source": "pictures"})).json()
        address = f"/api/v1/imports/{asked['id']}/file"
        as_form = await client.put(address, content=card, headers={"content-type": "text/plain"})
        zip_type = {"content-type": "application/zip"}
        taken_in = await client.put(address, content=card, headers=zip_type)
        twice = await client.put(address, content=card, headers=zip_type)

    assert (asked["state"], as_form.status_code) == ("empty", 415)
    assert (taken_in.status_code, taken_in.json()["state"]) == (202, "waiting")
    assert twice.status_code == 409
