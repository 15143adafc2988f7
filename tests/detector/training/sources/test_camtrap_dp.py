import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from detector.detection import BoundingBox, Label
from detector.training.sources.camtrap_dp import read_camtrap_dp
from detector.training.sources.entries import (
    Entry,
    LeftOut,
    SourcePicture,
    UnreadableSourceError,
)
from detector.training.sources.vocabulary import Vocabulary

TRAPS = Vocabulary(Label.ANIMAL)
BOX = {"bboxX": "0.1", "bboxY": "0.2", "bboxWidth": "0.3", "bboxHeight": "0.4"}
Rows = list[dict[str, str]]


@pytest.fixture
def package(tmp_path: Path, scene: Callable[..., Any]) -> Callable[..., Path]:
    def write(observations: Rows, media: Rows | None = None) -> Path:
        deployments = [{"deploymentID": "d1", "locationID": "ridge", "latitude": "21.9"}]
        for number, row in enumerate(media or [a_medium()]):
            if "://" not in row["filePath"]:
                cv2.imwrite(str(tmp_path / row["filePath"]), scene(number))
        tables = {
            "deployments": deployments,
            "media": media or [a_medium()],
            "observations": observations or [an_observation(deploymentID="elsewhere")],
        }
        for name, rows in tables.items():
            write_csv(tmp_path / f"{name}.csv", rows)
        resources = [{"name": name, "path": f"{name}.csv"} for name in tables]
        licences = [{"name": "CC0-1.0", "scope": "data"}, {"name": "CC-BY-4.0", "scope": "media"}]
        about = {"resources": resources, "licenses": licences}
        (tmp_path / "datapackage.json").write_text(json.dumps(about))
        return tmp_path

    return write


def write_csv(path: Path, rows: Rows) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def a_medium(number: int = 1, **more: str) -> dict[str, str]:
    return {
        "mediaID": f"m{number}",
        "deploymentID": "d1",
        "timestamp": f"2026-03-01T22:00:{number:02}+0800",
        "filePath": f"{number}.jpg",
        "filePublic": "false",
        "fileMediatype": "image/jpeg",
        **more,
    }


def an_observation(**more: str) -> dict[str, str]:
    return {
        "observationID": "o1",
        "deploymentID": "d1",
        "mediaID": "m1",
        "eventID": "e1",
        "eventStart": "2026-03-01T22:00:00+0800",
        "eventEnd": "2026-03-01T22:00:30+0800",
        "observationLevel": "media",
        "observationType": "animal",
        "scientificName": "Elephas maximus",
        "classificationMethod": "human",
        **more,
    }


def an_event(**more: str) -> dict[str, str]:
    return an_observation(**{"mediaID": "", "observationLevel": "event", **more})


def pictures(entries: tuple[Entry, ...]) -> list[SourcePicture]:
    return [entry for entry in entries if isinstance(entry, SourcePicture)]


def test_a_picture_with_boxes_comes_with_its_site(package: Callable[..., Path]) -> None:
    folder = package(
        [
            an_observation(**BOX),
            an_observation(observationID="o2", observationType="human", scientificName="", **BOX),
        ]
    )

    source = read_camtrap_dp(folder, TRAPS)

    (picture,) = pictures(source.entries)
    assert [one.label for one in picture.things] == [Label.ELEPHANT, Label.PERSON]
    assert picture.things[0].box == BoundingBox(0.1, 0.2, 0.3, 0.4)
    assert (picture.site, picture.sequence_id, picture.label_by) == ("ridge", "e1", "human")
    assert source.licence == "CC-BY-4.0"


def test_a_blank_event_makes_its_pictures_empty_and_no_others(
    package: Callable[..., Path],
) -> None:
    event = an_event(observationType="blank", scientificName="")
    media = [a_medium(1), a_medium(30), a_medium(31), a_medium(2, deploymentID="d2")]

    entries = read_camtrap_dp(package([event], media), TRAPS).entries

    assert [(one.name, one.things) for one in pictures(entries)] == [("1.jpg", ()), ("30.jpg", ())]
    reasons = [entry.reason for entry in entries if isinstance(entry, LeftOut)]
    assert reasons == ["nobody has said what is in it"] * 2


def test_a_long_event_before_short_ones_still_counts(package: Callable[..., Path]) -> None:
    nobody = {"observationType": "blank", "scientificName": ""}
    short = {"eventStart": "2026-03-01T22:00:02+0800", "eventEnd": "2026-03-01T22:00:03+0800"}
    observations = [an_event(**nobody), an_event(observationID="o2", **nobody, **short)]

    entries = read_camtrap_dp(package(observations, [a_medium(20)]), TRAPS).entries

    assert len(pictures(entries)) == 1


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        (an_observation(), "no box"),
        (an_event(), "no box"),
        (an_observation(observationType="unknown", **BOX), "may be an elephant"),
        (an_observation(scientificName="", **BOX), "may be an elephant"),
    ],
)
def test_what_teaches_nothing_is_left_out_without_blame(
    package: Callable[..., Path], observation: dict[str, str], reason: str
) -> None:
    (left,) = read_camtrap_dp(package([observation]), TRAPS).entries

    assert isinstance(left, LeftOut)
    assert reason in left.reason
    assert not left.is_fault


def test_people_without_boxes_are_nothing_if_only_elephants_count(
    package: Callable[..., Path],
) -> None:
    person = an_event(observationType="human", scientificName="")
    elephants = Vocabulary(Label.ANIMAL, only=frozenset({Label.ELEPHANT}))

    (picture,) = pictures(read_camtrap_dp(package([person]), elephants).entries)

    assert picture.things == ()


def test_people_who_disagree_teach_nothing(package: Callable[..., Path]) -> None:
    blank = an_observation(observationType="blank", scientificName="", observationID="o2")

    (left,) = read_camtrap_dp(package([an_observation(**BOX), blank]), TRAPS).entries

    assert isinstance(left, LeftOut)
    assert "blank" in left.reason


@pytest.mark.parametrize(
    "fault",
    [
        {"bboxX": "left"},
        {"observationType": "ghost"},
        {"eventStart": "2026-03-01T22:00:00"},  # without an offset
        {"observationLevel": ""},
    ],
)
def test_a_bad_row_is_named_and_spoils_its_picture_alone(
    package: Callable[..., Path], fault: dict[str, str]
) -> None:
    observations = [
        an_observation(**BOX),
        an_observation(**{**BOX, **fault}, observationID="o2"),
        an_observation(**BOX, mediaID="m2", observationID="o3"),
    ]
    folder = package(observations, [a_medium(1), a_medium(2)])

    entries = read_camtrap_dp(folder, TRAPS).entries

    faults = {entry.where for entry in entries if isinstance(entry, LeftOut) and entry.is_fault}
    assert faults == {f"{folder / 'observations.csv'}, line 3", "1.jpg"}
    assert [picture.name for picture in pictures(entries)] == ["2.jpg"]


def test_a_box_with_a_side_missing_is_a_fault(package: Callable[..., Path]) -> None:
    (left,) = read_camtrap_dp(package([an_observation(**{**BOX, "bboxX": ""})]), TRAPS).entries

    assert isinstance(left, LeftOut)
    assert left.is_fault


def test_a_picture_on_the_network_has_to_be_fetched(package: Callable[..., Path]) -> None:
    away = a_medium(filePath="https://example.org/1.jpg")

    (left,) = read_camtrap_dp(package([an_observation(**BOX)], [away]), TRAPS).entries

    assert isinstance(left, LeftOut)
    assert "fetch it first" in left.reason


@pytest.mark.parametrize(
    "resource", [None, "https://example.org/media.csv", "../media.csv", "x.csv"]
)
def test_a_package_without_a_table_is_refused(
    package: Callable[..., Path], resource: str | None
) -> None:
    folder = package([an_observation(**BOX)])
    about = json.loads((folder / "datapackage.json").read_text())
    about["resources"][1]["path"] = resource or ["media1.csv", "media2.csv"]
    (folder / "datapackage.json").write_text(json.dumps(about))

    with pytest.raises(UnreadableSourceError):
        read_camtrap_dp(folder / "datapackage.json", TRAPS)
