"""Camtrap DP 1.0.2's tables as this project reads the standard, for frictionless to hold us to.

The standard's own schemas live on the network, where tests do not go.
"""

from typing import Any

_TIME = "%Y-%m-%dT%H:%M:%S%z"
_EMPTY = {"missingValues": [""]}


def _field(name: str, kind: str = "string", **constraints: Any) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "type": kind, "constraints": constraints}
    return field | ({"format": _TIME} if kind == "datetime" else {})


def _needed(name: str, kind: str = "string", **constraints: Any) -> dict[str, Any]:
    return _field(name, kind, required=True, **constraints)


def _refers(field: str, resource: str) -> dict[str, Any]:
    return {"fields": [field], "reference": {"resource": resource, "fields": [field]}}


DEPLOYMENTS = _EMPTY | {
    "primaryKey": ["deploymentID"],
    "fields": [
        _needed("deploymentID", unique=True),
        _field("locationID"),
        _field("locationName"),
        _needed("latitude", "number", minimum=-90, maximum=90),
        _needed("longitude", "number", minimum=-180, maximum=180),
        _field("coordinateUncertainty", "integer", minimum=1),
        _needed("deploymentStart", "datetime"),
        _needed("deploymentEnd", "datetime"),
        _field("setupBy"),
        _field("cameraID"),
        _field("cameraModel"),
        _field("cameraDelay", "integer", minimum=0),
        _field("cameraHeight", "number", minimum=0),
        _field("cameraDepth", "number", minimum=0),
        _field("cameraTilt", "integer", minimum=-90, maximum=90),
        _field("cameraHeading", "integer", minimum=0, maximum=360),
        _field("detectionDistance", "number", minimum=0),
        _field("timestampIssues", "boolean"),
        _field("baitUse", "boolean"),
        _field("featureType"),
        _field("habitat"),
        _field("deploymentGroups"),
        _field("deploymentTags"),
        _field("deploymentComments"),
    ],
}

MEDIA = _EMPTY | {
    "primaryKey": ["mediaID"],
    "foreignKeys": [_refers("deploymentID", "deployments")],
    "fields": [
        _needed("mediaID", unique=True),
        _needed("deploymentID"),
        _field("captureMethod", enum=["activityDetection", "timeLapse"]),
        _needed("timestamp", "datetime"),
        _needed("filePath", pattern=r"^(?=^[^./~])(^((?!\.{2}).)*$).*$"),
        _needed("filePublic", "boolean"),
        _field("fileName"),
        _needed("fileMediatype", pattern=r"^(image|video|audio)/.*$"),
        _field("exifData", "object"),
        _field("favorite", "boolean"),
        _field("mediaComments"),
    ],
}

OBSERVATIONS = _EMPTY | {
    "primaryKey": ["observationID"],
    "foreignKeys": [_refers("deploymentID", "deployments"), _refers("mediaID", "media")],
    "fields": [
        _needed("observationID", unique=True),
        _needed("deploymentID"),
        _field("mediaID"),
        _field("eventID"),
        _needed("eventStart", "datetime"),
        _needed("eventEnd", "datetime"),
        _needed("observationLevel", enum=["media", "event"]),
        _needed(
            "observationType",
            enum=["animal", "human", "vehicle", "blank", "unknown", "unclassified"],
        ),
        _field("cameraSetupType", enum=["setup", "calibration"]),
        _field("scientificName"),
        _field("count", "integer", minimum=1),
        _field("lifeStage", enum=["adult", "subadult", "juvenile"]),
        _field("sex", enum=["female", "male"]),
        _field("behavior"),
        _field("individualID"),
        _field("individualPositionRadius", "number", minimum=0),
        _field("individualPositionAngle", "number", minimum=-90, maximum=90),
        _field("individualSpeed", "number", minimum=0),
        _field("bboxX", "number", minimum=0, maximum=1),
        _field("bboxY", "number", minimum=0, maximum=1),
        _field("bboxWidth", "number", minimum=1e-15, maximum=1),
        _field("bboxHeight", "number", minimum=1e-15, maximum=1),
        _field("classificationMethod", enum=["human", "machine"]),
        _field("classifiedBy"),
        _field("classificationTimestamp", "datetime"),
        _field("classificationProbability", "number", minimum=0, maximum=1),
        _field("observationTags"),
        _field("observationComments"),
    ],
}

SCHEMAS = {"deployments": DEPLOYMENTS, "media": MEDIA, "observations": OBSERVATIONS}
