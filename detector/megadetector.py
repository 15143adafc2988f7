"""Writes and reads results in MegaDetector's batch format 1.6, for Timelapse, AddaxAI and others.

Categories keep that format's customary numbers (1 animal, 2 person, 3 vehicle) and add ours, named
for what it is. Boxes are `[left, top, width, height]` as fractions of the frame.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from detector.detection import BoundingBox, Detection, Label, Lighting

FORMAT_VERSION = "1.6"
LABEL_BY_CATEGORY = {
    "1": Label.ANIMAL,
    "2": Label.PERSON,
    "3": Label.VEHICLE,
    "4": Label.ELEPHANT,
}
CATEGORY_BY_LABEL = {label: category for category, label in LABEL_BY_CATEGORY.items()}
DECIMALS = 5
"""A fraction of a pixel in any camera, and a file of half the size."""


class UnreadableResultsError(ValueError):
    """The file is not one of MegaDetector's batch format; the message says where it fails."""


@dataclass(frozen=True, slots=True)
class PictureResult:
    """What was seen in one picture."""

    file: str
    detections: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoResult:
    """What was seen in the frames of one video: pairs of frame number and detection."""

    file: str
    frame_rate: float
    frames_processed: tuple[int, ...]
    detections: tuple[tuple[int, Detection], ...] = ()


@dataclass(frozen=True, slots=True)
class FailedResult:
    """A file that could not be looked at, and why."""

    file: str
    reason: str


Result = PictureResult | VideoResult | FailedResult


@dataclass(frozen=True, slots=True)
class About:
    """Who looked, when (UTC), and from which confidence on an elephant is believed."""

    detector: str
    completed_at: datetime
    thresholds: Mapping[Lighting, float]
    floor: float


def write_results(path: Path, results: Sequence[Result], about: About) -> None:
    """Write the batch file, whole or not at all. Raises `OSError`."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(to_batch(results, about), indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def to_batch(results: Sequence[Result], about: About) -> dict[str, Any]:
    """Return the batch as JSON values."""
    return {
        "info": {
            "format_version": FORMAT_VERSION,
            "detector": about.detector,
            "detection_completion_time": f"{about.completed_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            "detector_metadata": {
                "typical_detection_threshold": min(about.thresholds.values()),
                "conservative_detection_threshold": about.floor,
                "elephant_threshold_by_lighting": {
                    lighting.value: least for lighting, least in about.thresholds.items()
                },
            },
        },
        "detection_categories": {
            category: label.value for category, label in LABEL_BY_CATEGORY.items()
        },
        "images": [_to_image(result) for result in results],
    }


def read_results(path: Path) -> list[Result]:
    """Read a batch file, ours or another tool's. Raises `UnreadableResultsError`."""
    try:
        return from_batch(path.read_bytes())
    except OSError as error:
        raise UnreadableResultsError(f"{path} cannot be opened: {error.strerror}") from error


def from_batch(data: bytes) -> list[Result]:
    """Read the bytes of a batch file. Raises `UnreadableResultsError`.

    Categories whose names we do not know count as nothing seen, as the format asks.
    """
    try:
        batch = _Batch.model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"])) or "the file"
        raise UnreadableResultsError(
            f"not MegaDetector's batch format: {where}: {wrong['msg']}"
        ) from error
    label_by_name = {label.value: label for label in Label}
    label_by_category = {
        category: label_by_name[name.lower()]
        for category, name in batch.detection_categories.items()
        if name.lower() in label_by_name
    }
    return [_from_image(image, label_by_category) for image in batch.images]


def _to_image(result: Result) -> dict[str, Any]:
    if isinstance(result, FailedResult):
        return {"file": result.file, "failure": result.reason, "detections": None}
    if isinstance(result, PictureResult):
        return {"file": result.file, "detections": [_to_json(seen) for seen in result.detections]}
    return {
        "file": result.file,
        "frame_rate": result.frame_rate,
        "frames_processed": list(result.frames_processed),
        "detections": [
            {**_to_json(seen), "frame_number": number} for number, seen in result.detections
        ],
    }


def _to_json(seen: Detection) -> dict[str, Any]:
    box = seen.box
    return {
        "category": CATEGORY_BY_LABEL[seen.label],
        "conf": round(seen.confidence, DECIMALS),
        "bbox": [round(side, DECIMALS) for side in (box.left, box.top, box.width, box.height)],
    }


class _SeenJson(BaseModel):
    category: str
    conf: Annotated[float, Field(ge=0, le=1)]
    bbox: tuple[float, float, float, float]
    frame_number: Annotated[int, Field(ge=0)] | None = None


class _ImageJson(BaseModel):
    file: str
    detections: list[_SeenJson] | None = None
    failure: str | None = None
    frame_rate: Annotated[float, Field(gt=0)] | None = None
    frames_processed: tuple[int, ...] = ()


class _InfoJson(BaseModel):
    format_version: str


class _Batch(BaseModel):
    info: _InfoJson
    detection_categories: dict[str, str]
    images: list[_ImageJson]


def _from_image(image: _ImageJson, label_by_category: Mapping[str, Label]) -> Result:
    if image.failure is not None:
        return FailedResult(image.file, image.failure)
    seen = [
        (each.frame_number or 0, _detection(each, label_by_category[each.category]))
        for each in image.detections or ()
        if each.category in label_by_category
    ]
    if image.frame_rate is None:
        return PictureResult(image.file, tuple(detection for _, detection in seen))
    return VideoResult(image.file, image.frame_rate, image.frames_processed, tuple(seen))


def _detection(each: _SeenJson, label: Label) -> Detection:
    return Detection(label, each.conf, BoundingBox(*each.bbox))
