"""COCO, for those who train networks, and COCO Camera Traps, for those who study cameras.

COCO holds only frames that are certain: an animal without a box would be learnt as background.
COCO Camera Traps holds every reviewed frame; what is known of the sequence alone says so.
"""

import json
from typing import Any

from api.exports.boxes import to_coco
from api.exports.observed import ObservedEvent, ObservedFrame
from api.exports.writing import About, Package, file_name, safe
from api.media.size import size_of
from api.review.rules import Decision

CATEGORIES = ("empty", "elephant", "animal", "person", "vehicle")
_NUMBER = {name: number for number, name in enumerate(CATEGORIES)}
_OF_DECISION = {
    Decision.ELEPHANT: "elephant",
    Decision.OTHER_ANIMAL: "animal",
    Decision.PERSON: "person",
    Decision.VEHICLE: "vehicle",
    Decision.NOTHING: "empty",
}


class CocoWriter:
    """Writes `annotations.json` and the pictures. `camera_traps` chooses the second form."""

    def __init__(self, package: Package, about: About, *, camera_traps: bool) -> None:
        self._package = package
        self._about = about
        self._camera_traps = camera_traps
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._uncertain = 0

    def add(self, event: ObservedEvent) -> None:
        """Add the event's frames that can be used."""
        for number, frame in enumerate(event.frames):
            told = _OF_DECISION.get(frame.decision or event.verdict or Decision.UNSURE)
            if not frame.is_certain and not (self._camera_traps and told is not None):
                self._uncertain += 1
                continue
            picture = self._package.picture(frame)
            size = size_of(picture) if picture is not None else None
            if picture is None or size is None:
                self._package.missing += 1
                continue
            path = f"images/{safe(event.deployment)}/{file_name(frame)}"
            if self._about.with_pictures:
                self._package.put_picture(path, picture)
            self._images.append(self._image(event, frame, number, path, size))
            self._annotate(event, frame, size)

    def _image(
        self,
        event: ObservedEvent,
        frame: ObservedFrame,
        number: int,
        path: str,
        size: tuple[int, int],
    ) -> dict[str, Any]:
        taken = frame.captured_at.astimezone(self._about.zone)
        image: dict[str, Any] = {
            "id": frame.id if self._camera_traps else len(self._images) + 1,
            "file_name": path,
            "width": size[0],
            "height": size[1],
        }
        if not self._camera_traps:
            return image | {"date_captured": f"{taken:%Y-%m-%d %H:%M:%S}"}
        return image | {
            "location": event.deployment,
            "datetime": f"{taken:%Y-%m-%d %H:%M:%S}",
            "seq_id": str(event.id),
            "seq_num_frames": len(event.frames),
            "frame_num": number,
        }

    def _annotate(self, event: ObservedEvent, frame: ObservedFrame, size: tuple[int, int]) -> None:
        image_id = self._images[-1]["id"]
        for seen in frame.boxes if frame.is_certain else ():
            box = to_coco(seen.box, *size)
            annotation = self._annotation(image_id, seen.label)
            annotation["bbox"] = list(box)
            if self._camera_traps:
                annotation["sequence_level_annotation"] = False
            else:
                annotation |= {"area": round(box[2] * box[3], 3), "iscrowd": 0}
        if not self._camera_traps or (frame.is_certain and frame.boxes):
            return
        decision = frame.decision or event.verdict or Decision.UNSURE
        name = "empty" if frame.is_certain else _OF_DECISION[decision]
        self._annotation(image_id, name)["sequence_level_annotation"] = frame.human is None

    def _annotation(self, image_id: Any, name: str) -> dict[str, Any]:
        number = len(self._annotations) + 1
        category = _NUMBER.get(name, _NUMBER["animal"])
        annotation: dict[str, Any] = {
            "id": str(number) if self._camera_traps else number,
            "image_id": image_id,
            "category_id": category,
        }
        self._annotations.append(annotation)
        return annotation

    def finish(self) -> dict[str, Any]:
        """Write the annotations."""
        first = 0 if self._camera_traps else 1
        made = self._about.made_at
        document = {
            "info": {
                "description": f"Trunkline, {self._about.site_name}",
                "version": self._about.version,
                "year": made.year,
                "contributor": self._about.asked_by,
                "date_created": made.isoformat(timespec="seconds"),
            },
            "images": self._images,
            "annotations": self._annotations,
            "categories": [
                {"id": number, "name": name}
                for number, name in enumerate(CATEGORIES)
                if number >= first
            ],
        }
        self._package.text("annotations.json", json.dumps(document, indent=1) + "\n")
        return {
            "images": len(self._images),
            "annotations": len(self._annotations),
            "uncertain_frames_left_out": self._uncertain,
        }
