"""Follows animals from frame to frame by where their boxes lie. Pure: frames bring their own time.

Greedy, the best overlap first; what does not overlap any more, because the camera is slow, goes to
the nearest box of a like size. No appearance: at night one grey elephant looks like another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import hypot

from detector.detection import BoundingBox, Detection

LEAST_IOU = 0.1
REACH = 1.0
"""How far a centre may jump between two frames, in widths and heights of the two boxes."""
MOST_GROWTH = 3.0
FORGOTTEN_AFTER = timedelta(seconds=20)
MOST_TRACKS = 128


@dataclass(frozen=True, slots=True)
class Track:
    """One animal: where it was first, where it is now, and in how many frames it was seen."""

    number: int
    first: BoundingBox
    last: BoundingBox
    seen_at: datetime
    hits: int = 1


class Tracker:
    """The animals before one camera during one visit. Numbers begin at 1 and are never reused."""

    def __init__(self, *, forgotten_after: timedelta = FORGOTTEN_AFTER) -> None:
        self._forgotten_after = forgotten_after
        self._tracks: dict[int, Track] = {}
        self._last_number = 0

    def follow(self, detections: Sequence[Detection], at: datetime) -> tuple[Track, ...]:
        """Return the track of each detection of one frame, in their order; new ones are begun."""
        self._forget(at)
        pairs = _matched([d.box for d in detections], list(self._tracks.values()))
        return tuple(
            self._seen(detection.box, pairs.get(index), at)
            for index, detection in enumerate(detections)
        )

    def knows(self, box: BoundingBox, at: datetime) -> bool:
        """Whether a box could be an animal that is followed already. Changes nothing."""
        return any(
            abs(at - track.seen_at) <= self._forgotten_after and affinity(box, track.last) > 0
            for track in self._tracks.values()
        )

    def _seen(self, box: BoundingBox, track: Track | None, at: datetime) -> Track:
        if track is None:
            self._last_number += 1
            track = Track(self._last_number, box, box, at)
        else:
            track = replace(track, last=box, seen_at=at, hits=track.hits + 1)
        self._tracks[track.number] = track
        return track

    def _forget(self, at: datetime) -> None:
        # Both ways: a camera's clock may be set back while it runs.
        near = [t for t in self._tracks.values() if abs(at - t.seen_at) <= self._forgotten_after]
        newest = sorted(near, key=lambda track: track.seen_at)[-MOST_TRACKS:]
        self._tracks = {track.number: track for track in newest}


def affinity(box: BoundingBox, other: BoundingBox) -> float:
    """How likely two boxes of two frames are one animal; 0 if they cannot be."""
    if not 1 / MOST_GROWTH <= (box.area or 1) / (other.area or 1) <= MOST_GROWTH:
        return 0.0
    overlap = box.iou(other)
    if overlap >= LEAST_IOU:
        return overlap
    across = (_centre(box)[0] - _centre(other)[0]) / max(box.width + other.width, 1e-9)
    down = (_centre(box)[1] - _centre(other)[1]) / max(box.height + other.height, 1e-9)
    return LEAST_IOU * max(0.0, 1 - 2 * hypot(across, down) / REACH)


def _matched(boxes: Sequence[BoundingBox], tracks: Iterable[Track]) -> dict[int, Track]:
    candidates = [
        (affinity(box, track.last), index, track)
        for track in tracks
        for index, box in enumerate(boxes)
    ]
    candidates.sort(key=lambda one: (-one[0], one[1], one[2].number))
    pairs: dict[int, Track] = {}
    taken: set[int] = set()
    for likeness, index, track in candidates:
        if likeness > 0 and index not in pairs and track.number not in taken:
            pairs[index] = track
            taken.add(track.number)
    return pairs


def _centre(box: BoundingBox) -> tuple[float, float]:
    return box.left + box.width / 2, box.top + box.height / 2
