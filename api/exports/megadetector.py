"""MegaDetector's batch format 1.6: what the network says, for Timelapse, AddaxAI and others.

It is a format of machines: people's words are not in it, save that a frame which a person labelled
has that person's boxes, with a confidence of 1.
"""

import json
from typing import Any

from api.exports.boxes import rounded
from api.exports.observed import ObservedEvent, ObservedFrame, SeenBox
from api.exports.writing import About, Package, file_name, safe

FORMAT_VERSION = "1.6"
CATEGORIES = {"1": "animal", "2": "person", "3": "vehicle", "4": "elephant"}
_NUMBER = {name: number for number, name in CATEGORIES.items()}


class MegaDetectorWriter:
    """Writes `detections.json`, and the pictures if wished for."""

    def __init__(self, package: Package, about: About) -> None:
        self._package = package
        self._about = about
        self._images: list[dict[str, Any]] = []
        self._releases: set[str] = set()
        self._thresholds: set[float] = set()

    def add(self, event: ObservedEvent) -> None:
        """Add the event's frames."""
        for frame in event.frames:
            self._releases.add(frame.release)
            self._thresholds.add(frame.threshold)
            path = f"media/{safe(event.deployment)}/{file_name(frame)}"
            image: dict[str, Any] = {
                "file": path,
                "detections": [_seen(seen) for seen in _boxes(frame)],
                "datetime": f"{frame.captured_at.astimezone(self._about.zone):%Y:%m:%d %H:%M:%S}",
                "location": event.deployment,
            }
            if self._about.with_pictures:
                picture = self._package.picture(frame)
                if picture is None:
                    self._package.missing += 1
                    image |= {"detections": None, "failure": "the server has no picture of it"}
                else:
                    self._package.put_picture(path, picture)
            self._images.append(image)

    def finish(self) -> dict[str, Any]:
        """Write the batch."""
        least = min(self._thresholds, default=0.4)
        document = {
            "info": {
                "format_version": FORMAT_VERSION,
                "detector": ", ".join(sorted(self._releases)) or "none",
                "detection_completion_time": f"{self._about.made_at:%Y-%m-%d %H:%M:%S}",
                "detector_metadata": {
                    "typical_detection_threshold": least,
                    "conservative_detection_threshold": least,
                },
            },
            "detection_categories": CATEGORIES,
            "images": self._images,
        }
        self._package.text("detections.json", json.dumps(document, indent=1) + "\n")
        return {"images": len(self._images)}


def _boxes(frame: ObservedFrame) -> tuple[SeenBox, ...]:
    return frame.boxes if frame.human is not None else frame.network


def _seen(seen: SeenBox) -> dict[str, Any]:
    return {
        "category": _NUMBER.get(seen.label, _NUMBER["animal"]),
        "conf": round(seen.confidence if seen.confidence is not None else 1.0, 5),
        "bbox": list(rounded(seen.box)),
    }
