"""Camtrap DP 1.0.2, the exchange format of camera-trap research. The only module in camelCase.

Observations are what was agreed: people's verdicts of events, and boxes of frames. What each reader
said stands beside them in `readings.csv`. What the network says is written where nobody has looked,
if that is wished for, as `classificationMethod` machine.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from api.exports.boxes import rounded
from api.exports.camtrap_package import ELEPHANT, description
from api.exports.observed import ObservedEvent, ObservedFrame, SeenBox, Spoken
from api.exports.writing import About, Package, Table, file_name, safe
from api.review.rules import Decision

INDIVIDUAL_TAG = "individual:"
NO_ELEPHANT_TAG = "elephant:no"  # an animal of no named species, but surely another one
LIGHTING_COMMENT = "lighting: "

DEPLOYMENTS = (
    *("deploymentID", "locationID", "locationName", "latitude", "longitude"),
    *("coordinateUncertainty", "deploymentStart", "deploymentEnd", "setupBy", "cameraID"),
    *("cameraModel", "cameraDelay", "cameraHeight", "cameraDepth", "cameraTilt", "cameraHeading"),
    *("detectionDistance", "timestampIssues", "baitUse", "featureType", "habitat"),
    *("deploymentGroups", "deploymentTags", "deploymentComments"),
)
MEDIA = (
    *("mediaID", "deploymentID", "captureMethod", "timestamp", "filePath", "filePublic"),
    *("fileName", "fileMediatype", "exifData", "favorite", "mediaComments"),
)
OBSERVATIONS = (
    *("observationID", "deploymentID", "mediaID", "eventID", "eventStart", "eventEnd"),
    *("observationLevel", "observationType", "cameraSetupType", "scientificName", "count"),
    *("lifeStage", "sex", "behavior", "individualID", "individualPositionRadius"),
    *("individualPositionAngle", "individualSpeed", "bboxX", "bboxY", "bboxWidth", "bboxHeight"),
    *("classificationMethod", "classifiedBy", "classificationTimestamp"),
    *("classificationProbability", "observationTags", "observationComments"),
)
READINGS = ("eventID", "reader", "decision", "count", "madeAt")

_TYPE_OF_LABEL = {
    "elephant": ("animal", ELEPHANT),
    "animal": ("animal", ""),
    "person": ("human", ""),
    "vehicle": ("vehicle", ""),
}
TYPE_OF_DECISION = {
    Decision.ELEPHANT: ("animal", ELEPHANT),
    Decision.OTHER_ANIMAL: ("animal", ""),
    Decision.PERSON: ("human", ""),
    Decision.VEHICLE: ("vehicle", ""),
    Decision.NOTHING: ("blank", ""),
    Decision.UNSURE: ("unknown", ""),
}


class CamtrapDpWriter:
    """Writes the package: `datapackage.json`, four tables, and the pictures if wished for."""

    def __init__(self, package: Package, about: About) -> None:
        self._package = package
        self._about = about
        self._media = Table(MEDIA)
        self._observations = Table(OBSERVATIONS)
        self._readings = Table(READINGS)
        self._deployments: dict[str, dict[str, Any]] = {}
        self._knows_individuals = False
        self._elephants = False

    def add(self, event: ObservedEvent) -> None:
        """Add an event with its frames."""
        self._deploy(event)
        for frame in event.frames:
            self._add_media(event, frame)
        for row in self._rows(event):
            tags = str(row.get("observationTags") or "")
            self._knows_individuals |= bool(row.get("individualID")) or INDIVIDUAL_TAG in tags
            self._elephants |= row.get("scientificName") == ELEPHANT
            self._observations.add(self._common(event) | row)
        for vote in event.votes:
            self._readings.add(
                {
                    "eventID": str(event.id),
                    "reader": vote.reader,
                    "decision": vote.decision,
                    "count": vote.count,
                    "madeAt": self._time(vote.made_at),
                }
            )

    def finish(self) -> dict[str, Any]:
        """Write tables and description."""
        deployments = Table(DEPLOYMENTS)
        for deployment in self._deployments.values():
            times = {"deploymentStart", "deploymentEnd"}
            deployments.add({k: self._time(v) if k in times else v for k, v in deployment.items()})
        report = {
            "deployments": deployments.rows,
            "media": self._media.rows,
            "observations": self._observations.rows,
        }
        deployments.put(self._package, "deployments.csv")
        self._media.put(self._package, "media.csv")
        self._observations.put(self._package, "observations.csv")
        self._readings.put(self._package, "readings.csv")
        described = json.dumps(
            description(
                self._about,
                self._deployments.values(),
                knows_individuals=self._knows_individuals,
                has_elephants=self._elephants,
            ),
            indent=2,
            ensure_ascii=False,
        )
        self._package.text("datapackage.json", described + "\n")
        return report

    def _time(self, moment: datetime) -> str:
        return moment.astimezone(self._about.zone).isoformat(timespec="seconds")

    def _deploy(self, event: ObservedEvent) -> None:
        known = self._deployments.setdefault(
            event.deployment,
            {
                "deploymentID": event.deployment,
                "locationID": event.station,
                "locationName": event.station_name,
                "latitude": round(event.position.latitude, 6),
                "longitude": round(event.position.longitude, 6),
                "coordinateUncertainty": round(event.uncertainty_m),
                "deploymentStart": event.started_at,
                "deploymentEnd": event.ended_at,
                "cameraID": event.deployment_id,
                "timestampIssues": False,
                "baitUse": False,
                "deploymentComments": "From the first event of this package to the last.",
            },
        )
        known["deploymentStart"] = min(known["deploymentStart"], event.started_at)
        known["deploymentEnd"] = max(known["deploymentEnd"], event.ended_at)

    def _add_media(self, event: ObservedEvent, frame: ObservedFrame) -> None:
        path = f"media/{safe(event.deployment)}/{file_name(frame)}"
        picture = self._package.picture(frame) if self._about.with_pictures else None
        if picture is not None:
            self._package.put_picture(path, picture)
        elif self._about.with_pictures:
            self._package.missing += 1
        self._media.add(
            {
                "mediaID": frame.id,
                "deploymentID": event.deployment,
                "captureMethod": "activityDetection",
                "timestamp": self._time(frame.captured_at),
                "filePath": path,
                "filePublic": False,
                "fileName": file_name(frame),
                "fileMediatype": frame.media_type or "image/jpeg",
                "mediaComments": LIGHTING_COMMENT + frame.lighting,
            }
        )

    def _common(self, event: ObservedEvent) -> dict[str, Any]:
        return {
            "deploymentID": event.deployment,
            "eventID": str(event.id),
            "eventStart": self._time(event.started_at),
            "eventEnd": self._time(event.ended_at),
        }

    def _rows(self, event: ObservedEvent) -> Iterator[dict[str, Any]]:
        if event.verdict is not None and event.spoken is not None:
            yield from self._verdict(event, event.verdict, event.spoken)
        elif self._about.with_network:
            yield {
                "observationID": f"{event.id}",
                "observationLevel": "event",
                "observationType": "animal" if event.network_count else "unclassified",
                "scientificName": ELEPHANT if event.network_count else "",
                "count": event.network_count or None,
            } | self._machine(event.frames[-1] if event.frames else None)
        for frame in event.frames:
            yield from self._frame(frame)

    def _verdict(
        self, event: ObservedEvent, verdict: Decision, spoken: Spoken
    ) -> Iterator[dict[str, Any]]:
        kind, species = TYPE_OF_DECISION[verdict]
        known = event.individuals if verdict is Decision.ELEPHANT else ()
        row = {
            "observationLevel": "event",
            "observationType": kind,
            "scientificName": species,
            "behavior": event.behaviour,
            "observationTags": " | ".join(
                [NO_ELEPHANT_TAG]
                if verdict is Decision.OTHER_ANIMAL
                else [INDIVIDUAL_TAG + name for name in known]
            ),
        } | self._human(spoken)
        groups: list[dict[str, Any]] = [dict(group) for group in event.groups]
        if verdict is not Decision.ELEPHANT or not groups:
            only = known[0] if len(known) == 1 and event.count == 1 else ""
            yield row | {
                "observationID": f"{event.id}",
                "count": event.count,
                "individualID": only,
            }
            return
        rest = (event.count or 0) - sum(group["count"] for group in groups)
        if rest > 0:
            groups.append({"count": rest})
        for number, group in enumerate(groups):
            yield row | {
                "observationID": f"{event.id}-{number}",
                "count": group["count"],
                "lifeStage": _known(group.get("life_stage")),
                "sex": _known(group.get("sex")),
            }

    def _frame(self, frame: ObservedFrame) -> Iterator[dict[str, Any]]:
        if frame.human is not None:
            said = self._human(frame.human)
            if not frame.boxes:
                decision = frame.decision or Decision.NOTHING
                tag = NO_ELEPHANT_TAG if decision is Decision.OTHER_ANIMAL else ""
                row = self._media_row(frame, 0, *TYPE_OF_DECISION[decision])
                yield row | said | {"observationTags": tag}
            for number, seen in enumerate(frame.boxes):
                yield self._box(frame, number, seen) | said
        elif self._about.with_network:
            for number, seen in enumerate(frame.network):
                sure = {"classificationProbability": seen.confidence}
                yield self._box(frame, number, seen) | self._machine(frame) | sure

    def _box(self, frame: ObservedFrame, number: int, seen: SeenBox) -> dict[str, Any]:
        kind, species = _TYPE_OF_LABEL.get(seen.label, ("animal", ""))
        left, top, width, height = rounded(seen.box)
        return self._media_row(frame, number, kind, species) | {
            "count": 1,
            "bboxX": left,
            "bboxY": top,
            "bboxWidth": width,
            "bboxHeight": height,
            "individualID": seen.individual or "",
            "lifeStage": _known(seen.life_stage),
            "sex": _known(seen.sex),
        }

    def _media_row(
        self, frame: ObservedFrame, number: int, kind: str, species: str
    ) -> dict[str, Any]:
        return {
            "observationID": f"{frame.id}-{number}",
            "mediaID": frame.id,
            "observationLevel": "media",
            "observationType": kind,
            "scientificName": species,
        }

    def _human(self, spoken: Spoken) -> dict[str, Any]:
        return {
            "classificationMethod": "human",
            "classifiedBy": spoken.by,
            "classificationTimestamp": self._time(spoken.at),
        }

    def _machine(self, frame: ObservedFrame | None) -> dict[str, Any]:
        if frame is None:
            return {"classificationMethod": "machine"}
        return {
            "classificationMethod": "machine",
            "classifiedBy": frame.release,
            "classificationTimestamp": self._time(frame.classified_at),
        }


def _known(value: str | None) -> str:
    return "" if value in {None, "unknown"} else str(value)
