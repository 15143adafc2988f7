"""The rows of a Camtrap DP package as we read them, in the standard's own camelCase."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from api.errors import InvalidError
from api.exports.camtrap_dp import NO_ELEPHANT_TAG
from api.imports.archive import LARGEST_TABLE, Archive
from api.review.rules import Decision
from api.text import PlainText

MOST_COMPLAINTS = 100
_ELEPHANTS = ("elephas", "loxodonta", "elephant")


def _none_if_empty(cell: object) -> object:
    return None if cell in {"", "NA", "NaN", "nan"} else cell


def _or(kind: Any) -> Any:
    return Annotated[kind | None, BeforeValidator(_none_if_empty)]


Name = Annotated[PlainText, Field(min_length=1, max_length=300)]
Text = Annotated[PlainText, Field(max_length=2000)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Deployment(Row):
    deploymentID: Name
    locationID: Text = ""
    locationName: Text = ""
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    cameraID: Text = ""


class Media(Row):
    mediaID: Name
    deploymentID: Name
    timestamp: AwareDatetime
    filePath: Annotated[PlainText, Field(min_length=1, max_length=1000)]
    mediaComments: Text = ""


class Observation(Row):
    observationID: Name
    deploymentID: Name
    mediaID: Text = ""
    eventID: Text = ""
    eventStart: _or(AwareDatetime) = None  # type: ignore[valid-type]
    eventEnd: _or(AwareDatetime) = None  # type: ignore[valid-type]
    observationLevel: Literal["media", "event"]
    observationType: Literal["animal", "human", "vehicle", "blank", "unknown", "unclassified"]
    scientificName: Text = ""
    count: _or(Annotated[int, Field(ge=1, le=1000)]) = None  # type: ignore[valid-type]
    lifeStage: Text = ""
    sex: Text = ""
    behavior: Text = ""
    individualID: Annotated[PlainText, Field(max_length=80)] = ""
    bboxX: _or(Fraction) = None  # type: ignore[valid-type]
    bboxY: _or(Fraction) = None  # type: ignore[valid-type]
    bboxWidth: _or(Fraction) = None  # type: ignore[valid-type]
    bboxHeight: _or(Fraction) = None  # type: ignore[valid-type]
    classificationMethod: Text = ""
    classifiedBy: Annotated[PlainText, Field(max_length=200)] = ""
    classificationTimestamp: _or(AwareDatetime) = None  # type: ignore[valid-type]
    classificationProbability: _or(Fraction) = None  # type: ignore[valid-type]
    observationTags: Text = ""

    @property
    def is_human(self) -> bool:
        return self.classificationMethod != "machine" and self.observationType != "unclassified"

    @property
    def tags(self) -> list[str]:
        return [tag.strip() for tag in self.observationTags.split("|")]

    @property
    def decision(self) -> Decision:
        if self.observationType == "animal":
            name = self.scientificName.lower()
            if any(word in name for word in _ELEPHANTS):
                return Decision.ELEPHANT
            known = name not in {"", "animalia", "mammalia"} or NO_ELEPHANT_TAG in self.tags
            return Decision.OTHER_ANIMAL if known else Decision.UNSURE
        return {
            "human": Decision.PERSON,
            "vehicle": Decision.VEHICLE,
            "blank": Decision.NOTHING,
        }.get(self.observationType, Decision.UNSURE)

    @property
    def label(self) -> str:
        if self.observationType == "animal":
            return "elephant" if self.decision is Decision.ELEPHANT else "animal"
        return {"human": "person", "vehicle": "vehicle"}.get(self.observationType, "animal")

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        sides = self.bboxX, self.bboxY, self.bboxWidth, self.bboxHeight
        if any(side is None for side in sides):
            return None
        left, top, width, height = (float(side) for side in sides if side is not None)
        return left, top, width, height


AnyRow = TypeVar("AnyRow", bound=Row)


def table_of(
    archive: Archive, name: str, kind: type[AnyRow], left_out: list[str]
) -> Iterator[AnyRow]:
    """Yield the rows that can be read; the others are left out, and named.

    Raises:
        InvalidError: the table is missing, or cannot be read at all.
    """
    try:
        text = archive.read(name, LARGEST_TABLE).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidError(f"{name} is not in UTF-8") from error
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for number, row in enumerate(rows, start=2):
            try:
                yield kind.model_validate(_cells(row))
            except ValidationError as error:
                wrong = error.errors()[0]
                where = ".".join(map(str, wrong["loc"]))
                if len(left_out) < MOST_COMPLAINTS:
                    left_out.append(f"{name}, line {number}: {where}: {wrong['msg']}")
    except csv.Error as error:
        raise InvalidError(f"{name} is no table that can be read: {error}") from error


def _cells(row: Mapping[str | None, Any]) -> dict[str, Any]:
    return {name: cell for name, cell in row.items() if name and isinstance(cell, str)}
