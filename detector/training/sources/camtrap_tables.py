"""The three tables of a Camtrap DP 1.0 package, read row by row."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from detector.training.sources.entries import (
    LeftOut,
    UnreadableSourceError,
    read_json,
    read_object,
    read_records,
)

PACKAGE_FILE = "datapackage.json"
TABLES = ("deployments", "media", "observations")

Record = TypeVar("Record", bound=BaseModel)
Maybe = BeforeValidator(lambda cell: None if cell == "" else cell)
MaybeNumber = Annotated[float | None, Maybe]


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class _Resource(_Lenient):
    name: str
    path: str | list[str] = ""


class _Licence(_Lenient):
    name: str = ""
    path: str = ""
    scope: str = ""


class _Package(_Lenient):
    resources: list[_Resource]
    licenses: list[_Licence] = []


class Deployment(_Lenient):
    """One camera at one place for a time."""

    deployment_id: Annotated[str, Field(alias="deploymentID", min_length=1)]
    location_id: Annotated[str, Field(alias="locationID")] = ""
    location_name: Annotated[str, Field(alias="locationName")] = ""

    @property
    def site(self) -> str:
        """The place, which stays when cameras move."""
        return self.location_id or self.location_name or self.deployment_id


class Media(_Lenient):
    """One picture or video file."""

    media_id: Annotated[str, Field(alias="mediaID", min_length=1)]
    deployment_id: Annotated[str, Field(alias="deploymentID")]
    captured_at: Annotated[AwareDatetime, Field(alias="timestamp")]
    file_path: Annotated[str, Field(alias="filePath", min_length=1)]


class Level(StrEnum):
    """What an observation is about."""

    MEDIA = "media"
    EVENT = "event"


class Kind(StrEnum):
    """`observationType`."""

    ANIMAL = "animal"
    HUMAN = "human"
    VEHICLE = "vehicle"
    BLANK = "blank"
    UNKNOWN = "unknown"
    UNCLASSIFIED = "unclassified"


class Observation(_Lenient):
    """What somebody states was in one picture, or in one event."""

    observation_id: Annotated[str, Field(alias="observationID", min_length=1)]
    deployment_id: Annotated[str, Field(alias="deploymentID")]
    media_id: Annotated[str, Field(alias="mediaID")] = ""
    event_id: Annotated[str, Field(alias="eventID")] = ""
    start_at: Annotated[AwareDatetime, Field(alias="eventStart")]
    end_at: Annotated[AwareDatetime, Field(alias="eventEnd")]
    level: Annotated[Level, Field(alias="observationLevel")]
    kind: Annotated[Kind, Field(alias="observationType")]
    species: Annotated[str, Field(alias="scientificName")] = ""
    left: Annotated[MaybeNumber, Field(alias="bboxX")] = None
    top: Annotated[MaybeNumber, Field(alias="bboxY")] = None
    width: Annotated[MaybeNumber, Field(alias="bboxWidth")] = None
    height: Annotated[MaybeNumber, Field(alias="bboxHeight")] = None
    method: Annotated[str, Field(alias="classificationMethod")] = ""
    classified_by: Annotated[str, Field(alias="classifiedBy")] = ""


@dataclass(frozen=True, slots=True)
class Package:
    """The readable rows of a package, its licence for pictures, and the rows that are broken.

    `spoilt` names media and deployments about which a broken row says something: what is there is
    no longer sure.
    """

    folder: Path
    deployments: dict[str, Deployment]
    media: tuple[Media, ...]
    observations: tuple[Observation, ...]
    licence: str
    bad_rows: tuple[LeftOut, ...]
    spoilt: frozenset[str]


def read_package(source: Path) -> Package:
    """Read a package, named by its folder or its datapackage.json.

    Raises UnreadableSourceError if that file or one of the three tables cannot be read at all.
    """
    path = source / PACKAGE_FILE if source.is_dir() else source
    about = read_object(_Package, read_json(path), path)
    tables = {resource.name: resource.path for resource in about.resources}
    missing = [name for name in TABLES if not isinstance(tables.get(name), str)]
    if missing:
        raise UnreadableSourceError(f"{path}: no table {', '.join(missing)} (in one file)")
    folder = path.parent
    deployments, bad, _ = _read_table(Deployment, folder, str(tables["deployments"]))
    media, worse, _ = _read_table(Media, folder, str(tables["media"]))
    observations, worst, raw = _read_table(Observation, folder, str(tables["observations"]))
    return Package(
        folder,
        {deployment.deployment_id: deployment for deployment in deployments},
        tuple(media),
        tuple(observations),
        licence=_picture_licence(about.licenses),
        bad_rows=(*bad, *worse, *worst),
        spoilt=frozenset(cells.get("mediaID") or cells.get("deploymentID", "") for cells in raw),
    )


def _read_table(
    model: type[Record], folder: Path, name: str
) -> tuple[list[Record], list[LeftOut], list[dict[str, str]]]:
    """Return the good rows, what is wrong with the others, and the cells of those."""
    path = folder / name
    if "://" in name or not path.resolve().is_relative_to(folder.resolve()):
        raise UnreadableSourceError(f"{name} is not a file of this package")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableSourceError(f"{path} cannot be read as text") from error
    numbered = list(_rows(text, path))
    rows = [cells for _, cells in numbered]
    good, bad = read_records(model, rows, lambda index: f"{path}, line {numbered[index][0]}")
    return good, list(bad.values()), [rows[index] for index in bad]


def _rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, {str(name): cell for name, cell in cells.items()}
    except csv.Error as error:
        raise UnreadableSourceError(
            f"{path}, line {reader.reader.line_num}: is no CSV: {error}"
        ) from error


def _picture_licence(licences: list[_Licence]) -> str:
    ours = [one for one in licences if one.scope == "media"] or licences
    return "; ".join(one.name or one.path for one in ours)
