"""Measures how well people are covered: `python -m edge_agent.bench.privacy [FOOTAGE]`.

Looks at drawn footage, whose truth names every person's box, and says for each floor how many of
them would leave the station covered, and how many pictures without people would lose something.
Prints one JSON object.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.detection import BoundingBox, Detection, Label
from detector.pictures import read_picture
from edge_agent.evidence import widened
from edge_agent.network import open_detector
from edge_agent.settings import ModelSettings

FLOORS = (0.05, 0.1, 0.2, 0.3)
_GRID = 200
_ENOUGH = 0.9
_HEAD = 0.25


def covered_share(person: BoundingBox, hidden: Iterable[BoundingBox]) -> tuple[float, float]:
    """Return which shares of a person, and of the upper quarter alone, would be hidden."""
    mask = np.zeros((_GRID, _GRID), bool)
    for box in hidden:
        left, top, right, bottom = widened(box, width=_GRID, height=_GRID)
        mask[top:bottom, left:right] = True
    head = BoundingBox(person.left, person.top, person.width, person.height * _HEAD)
    return _share(mask, person), _share(mask, head)


def is_covered(person: BoundingBox, hidden: Sequence[BoundingBox]) -> bool:
    """Whether hardly anything of a person, and of the head, would be seen."""
    return min(covered_share(person, hidden)) >= _ENOUGH


def _share(mask: NDArray[np.bool_], box: BoundingBox) -> float:
    rows = slice(int(box.top * _GRID), max(int(box.top * _GRID) + 1, round(box.bottom * _GRID)))
    columns = slice(int(box.left * _GRID), max(int(box.left * _GRID) + 1, round(box.right * _GRID)))
    inside = mask[rows, columns]
    return float(inside.mean()) if inside.size else 1.0


def measure(footage: Path) -> dict[str, Any]:
    """Return, for each floor, the covered people and the pictures hidden from for nothing."""
    detector = open_detector(ModelSettings())
    seen = [
        (people, detector.detect(read_picture(footage / file), floor=min(FLOORS)))
        for file, people in _truth(footage)
    ]
    return {
        "release": detector.release.name,
        "pictures": len(seen),
        "people": sum(len(people) for people, _ in seen),
        "floors": {floor: _at(floor, seen) for floor in FLOORS},
    }


def _at(floor: float, seen: Sequence[tuple[list[BoundingBox], list[Detection]]]) -> dict[str, Any]:
    covered, needless = 0, 0
    for people, detections in seen:
        hidden = [d.box for d in detections if d.label is Label.PERSON and d.confidence >= floor]
        covered += sum(is_covered(person, hidden) for person in people)
        needless += bool(hidden) and not people
    return {"people_covered": covered, "pictures_hidden_from_for_nothing": needless}


def _truth(footage: Path) -> Iterator[tuple[str, list[BoundingBox]]]:
    table = json.loads((footage / "truth.json").read_text(encoding="utf-8"))
    for sequence in table["sequences"]:
        for frame in sequence["frames"]:
            people = [
                BoundingBox(*one["box"])
                for one in frame["animals"]
                if one["kind"] in ("person", "rider")
            ]
            yield frame["file"], people


if __name__ == "__main__":
    print(json.dumps(measure(Path((sys.argv[1:] or ["datasets/drill"])[0])), indent=2))
