"""A YOLO dataset folder with a `manifest.csv`, as `trunkline-detector train` reads it.

Only frames that are certain, the reviewed empty ones too: they are the hard negatives. Whole
stations go to train or to val, always the same ones, so that no place is in both.
"""

import hashlib
from typing import Any

from api.exports.boxes import to_yolo
from api.exports.observed import ELEPHANT, ObservedEvent, ObservedFrame
from api.exports.writing import About, Package, as_text, file_name

CLASSES = ("elephant", "animal", "person", "vehicle")
COLUMNS = (
    *("file", "split", "lighting", "partial", "n_boxes", "sequence_id", "site", "origin"),
    *("source_repo", "licence", "species", "label_by", "note"),
)
VAL_SHARE = 0.2


class YoloWriter:
    """Writes pictures, label files, `classes.txt`, `data.yaml` and `manifest.csv`."""

    def __init__(self, package: Package, about: About) -> None:
        self._package = package
        self._about = about
        self._frames: list[tuple[ObservedEvent, ObservedFrame]] = []
        self._uncertain = 0

    def add(self, event: ObservedEvent) -> None:
        """Remember the event's certain frames: where they go depends on all stations."""
        for frame in event.frames:
            if frame.is_certain and frame.sha256 is not None:
                self._frames.append((event, frame))
            else:
                self._uncertain += 1

    def finish(self) -> dict[str, Any]:
        """Write everything."""
        split = splits({event.station for event, _ in self._frames})
        rows = []
        for event, frame in self._frames:
            picture = self._package.picture(frame)
            if picture is None:
                self._package.missing += 1
                continue
            side = split[event.station]
            name = file_name(frame)
            self._package.put_picture(f"{side}/images/{name}", picture)
            self._package.text(f"{side}/labels/{frame.id}.txt", label_file(frame))
            rows.append(self._row(event, frame, side, name))
        for side in ("train", "val"):
            if not any(row["split"] == side for row in rows):
                self._package.archive.mkdir(f"{side}/images")
                self._package.archive.mkdir(f"{side}/labels")
        self._package.text("classes.txt", "\n".join(CLASSES) + "\n")
        names = "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
        self._package.text("data.yaml", f"train: train/images\nval: val/images\nnames:\n{names}")
        self._package.text("manifest.csv", as_text(rows, COLUMNS))
        return {
            "train": sum(row["split"] == "train" for row in rows),
            "val": sum(row["split"] == "val" for row in rows),
            "without_an_elephant": sum(not row["species"] for row in rows),
            "uncertain_frames_left_out": self._uncertain,
        }

    def _row(
        self, event: ObservedEvent, frame: ObservedFrame, side: str, name: str
    ) -> dict[str, Any]:
        elephants = [seen for seen in frame.boxes if seen.label == ELEPHANT]
        return {
            "file": f"{side}/images/{name}",
            "split": side,
            "lighting": frame.lighting,
            "partial": int(any(seen.touches_edge for seen in elephants)),
            "n_boxes": len(frame.boxes),
            "sequence_id": f"{self._about.site_id}-{event.id}",
            "site": f"{self._about.site_id}-{event.station}",
            "origin": "simulated" if event.simulated else "camera",
            "source_repo": f"trunkline:{self._about.site_id}",
            "licence": "unstated",
            "species": "Elephas maximus" if elephants else "",
            "label_by": "person" if frame.human is not None else "person, of the whole event",
            "note": "",
        }


def splits(stations: set[str]) -> dict[str, str]:
    """Return of each station whether it is for train or val: about a fifth for val, never all."""
    drawn = sorted(stations, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    held_out = min(len(drawn) - 1, max(1, round(len(drawn) * VAL_SHARE)))
    return {name: "val" if number < held_out else "train" for number, name in enumerate(drawn)}


def label_file(frame: ObservedFrame) -> str:
    """Return one line per box: class, centre, width and height; empty where nothing is."""
    return "".join(
        f"{CLASSES.index(seen.label) if seen.label in CLASSES else 1} "
        + " ".join(f"{side:.8f}" for side in to_yolo(seen.box))
        + "\n"
        for seen in frame.boxes
    )
