"""Reads a Camtrap DP package (1.0.x): its frames, events, and what people and networks said."""

from datetime import datetime, tzinfo

from api.errors import InvalidError
from api.exports.camtrap_dp import INDIVIDUAL_TAG, LIGHTING_COMMENT
from api.imports.archive import Archive
from api.imports.camtrap_rows import Deployment, Media, Observation, table_of
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

_UNTOLD = 0.5  # the confidence of a network that does not tell it
LIGHTINGS = ("day", "night_ir", "thermal")


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
        for row in table_of(archive, root + "deployments.csv", Deployment, left_out)
    }
    observations = list(table_of(archive, root + "observations.csv", Observation, left_out))
    events = _Events(observations)
    frames = []
    for media in table_of(archive, root + "media.csv", Media, left_out):
        deployment = deployments.get(media.deploymentID)
        if deployment is None:
            left_out.append(f"media {media.mediaID}: there is no deployment {media.deploymentID}")
            continue
        frames.append(_frame(media, deployment, root, events, zone))
    return Incoming([_event(group, events) for group in grouped(frames)], left_out)


class _Events:
    """Observations by medium and by event, and which event a medium belongs to."""

    def __init__(self, observations: list[Observation]) -> None:
        self.of_media: dict[str, list[Observation]] = {}
        self.of_event: dict[str, list[Observation]] = {}
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

    def holding(self, media: Media) -> str | None:
        """Return the event a medium is said to belong to, else the one during which it was."""
        for row in self.of_media.get(media.mediaID, ()):
            if row.eventID:
                return row.eventID
        spans = self._spans.get(media.deploymentID, ())
        return next((key for start, end, key in spans if start <= media.timestamp <= end), None)


def _frame(
    media: Media, deployment: Deployment, root: str, events: _Events, zone: tzinfo
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


def _of_event(rows: list[Observation], at: datetime) -> IncomingLabel:
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


def _of_frame(frame: IncomingFrame, rows: list[Observation]) -> IncomingLabel:
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
