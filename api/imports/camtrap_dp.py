"""Reads a Camtrap DP package (1.0.x): its frames, events, and what people and networks said."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from api.errors import InvalidError
from api.exports.camtrap_dp import INDIVIDUAL_TAG, LIGHTING_COMMENT, NO_ELEPHANT_TAG
from api.imports.archive import LARGEST_TABLE, Archive
from api.imports.incoming import (
    Incoming,
    IncomingEvent,
    IncomingFrame,
    IncomingLabel,
    Place,
    grouped,
    light_at,
    slug,
)
from api.review.rules import Decision
from api.text import PlainText

MOST_COMPLAINTS = 100
_UNTOLD = 0.5  # the confidence of a network that does not tell it
LIGHTINGS = ("day", "night_ir", "thermal")
_ELEPHANTS = ("elephas", "loxodonta", "elephant")


def _none_if_empty(cell: object) -> object:
    return None if cell in {"", "NA", "NaN", "nan"} else cell


def _or(kind: Any) -> Any:
    return Annotated[kind | None, BeforeValidator(_none_if_empty)]


Name = Annotated[PlainText, Field(min_length=1, max_length=300)]
Text = Annotated[PlainText, Field(max_length=2000)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Deployment(_Row):
    deploymentID: Name
    locationID: Text = ""
    locationName: Text = ""
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    cameraID: Text = ""


class _Media(_Row):
    mediaID: Name
    deploymentID: Name
    timestamp: AwareDatetime
    filePath: Annotated[PlainText, Field(min_length=1, max_length=1000)]
    mediaComments: Text = ""


class _Observation(_Row):
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


AnyRow = TypeVar("AnyRow", bound=_Row)


def read_camtrap_dp(archive: Archive, zone: tzinfo) -> Incoming:
    """Read the package.

    Raises:
        InvalidError: it has no `datapackage.json`, or a table is missing or unreadable.
    """
    description = archive.find("datapackage.json")
    if description is None:
        raise InvalidError("there is no datapackage.json inside: this is no Camtrap DP package")
    root = description.removesuffix("datapackage.json")
    left_out: list[str] = []
    deployments = {
        row.deploymentID: row
        for row in _table(archive, root + "deployments.csv", _Deployment, left_out)
    }
    observations = list(_table(archive, root + "observations.csv", _Observation, left_out))
    events = _Events(observations)
    frames = []
    for media in _table(archive, root + "media.csv", _Media, left_out):
        deployment = deployments.get(media.deploymentID)
        if deployment is None:
            left_out.append(f"media {media.mediaID}: there is no deployment {media.deploymentID}")
            continue
        frames.append(_frame(media, deployment, root, events, zone))
    return Incoming([_event(group, events) for group in grouped(frames)], left_out)


class _Events:
    """Observations by medium and by event, and which event a medium belongs to."""

    def __init__(self, observations: list[_Observation]) -> None:
        self.of_media: dict[str, list[_Observation]] = {}
        self.of_event: dict[str, list[_Observation]] = {}
        self._spans: dict[str, list[tuple[datetime, datetime, str]]] = {}
        for row in observations:
            if row.observationLevel == "media":
                self.of_media.setdefault(row.mediaID, []).append(row)
                continue
            key = row.eventID or f"{row.eventStart}"
            self.of_event.setdefault(key, []).append(row)
            if row.eventStart is not None and row.eventEnd is not None:
                span = (row.eventStart, row.eventEnd, key)
                self._spans.setdefault(row.deploymentID, []).append(span)

    def holding(self, media: _Media) -> str | None:
        """Return the event a medium is said to belong to, else the one during which it was."""
        for row in self.of_media.get(media.mediaID, ()):
            if row.eventID:
                return row.eventID
        spans = self._spans.get(media.deploymentID, ())
        return next((key for start, end, key in spans if start <= media.timestamp <= end), None)


def _frame(
    media: _Media, deployment: _Deployment, root: str, events: _Events, zone: tzinfo
) -> IncomingFrame:
    rows = events.of_media.get(media.mediaID, ())
    machine = [row for row in rows if not row.is_human and row.box is not None]
    lighting = media.mediaComments.removeprefix(LIGHTING_COMMENT)
    station = slug(deployment.locationID or deployment.locationName or deployment.deploymentID)
    return IncomingFrame(
        foreign_id=media.mediaID,
        file=root + media.filePath,
        place=Place(
            station,
            (deployment.locationName or station)[:200],
            deployment.latitude,
            deployment.longitude,
        ),
        deployment_id=(deployment.cameraID or deployment.deploymentID)[:80],
        captured_at=media.timestamp,
        lighting=lighting if lighting in LIGHTINGS else light_at(media.timestamp, zone),
        release=next((row.classifiedBy[:80] for row in machine if row.classifiedBy), "unknown"),
        animals=tuple(
            {
                "label": row.label,
                "confidence": _UNTOLD
                if row.classificationProbability is None
                else row.classificationProbability,
                "box": list(row.box or ()),
                "touches_edge": False,
            }
            for row in machine
        ),
        event=events.holding(media),
        classified_at=next(
            (row.classificationTimestamp for row in machine if row.classificationTimestamp), None
        ),
    )


def _event(frames: list[IncomingFrame], events: _Events) -> IncomingEvent:
    labels = []
    key = frames[0].event
    whole = [row for row in events.of_event.get(key or "", ()) if row.is_human]
    if whole:
        labels.append(_of_event(whole, frames[-1].captured_at))
    for frame in frames:
        said = [row for row in events.of_media.get(frame.foreign_id, ()) if row.is_human]
        if said:
            labels.append(_of_frame(frame, said))
    return IncomingEvent(frames, labels)


def _of_event(rows: list[_Observation], at: datetime) -> IncomingLabel:
    """Make one label of the rows of an event: each is a group of an age and a sex."""
    decisions = [row.decision for row in rows]
    elephants = [row for row in rows if row.decision is Decision.ELEPHANT]
    telling = elephants or rows
    counts = [row.count for row in telling if row.count is not None]
    groups = [
        {
            "count": row.count or 1,
            "life_stage": row.lifeStage or "unknown",
            "sex": row.sex or "unknown",
        }
        for row in elephants
        if row.lifeStage or row.sex
    ]
    known = [row.individualID for row in telling if row.individualID]
    known += [
        tag.removeprefix(INDIVIDUAL_TAG)
        for row in telling[:1]
        for tag in row.tags
        if tag.startswith(INDIVIDUAL_TAG)
    ]
    first = telling[0]
    return IncomingLabel(
        said_by=first.classifiedBy or "imported",
        made_at=first.classificationTimestamp or at,
        decision=Decision.ELEPHANT if elephants else decisions[0],
        count=sum(counts) if counts else None,
        groups=tuple(groups),
        behaviour=first.behavior,
        individuals=tuple(dict.fromkeys(known)),
    )


def _of_frame(frame: IncomingFrame, rows: list[_Observation]) -> IncomingLabel:
    boxes = [
        {
            "label": row.label,
            "box": list(row.box),
            "individual": row.individualID or None,
            "life_stage": row.lifeStage or "unknown",
            "sex": row.sex or "unknown",
        }
        for row in rows
        if row.box is not None
    ]
    elephants = [row for row in rows if row.decision is Decision.ELEPHANT]
    return IncomingLabel(
        said_by=rows[0].classifiedBy or "imported",
        made_at=rows[0].classificationTimestamp or frame.captured_at,
        decision=Decision.ELEPHANT if elephants else rows[0].decision,
        frame=frame.foreign_id,
        boxes=tuple(boxes) if boxes or rows[0].decision is Decision.NOTHING else None,
    )


def _table(
    archive: Archive, name: str, kind: type[AnyRow], left_out: list[str]
) -> Iterator[AnyRow]:
    """Yield the rows that can be read; the others are left out, and named."""
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
