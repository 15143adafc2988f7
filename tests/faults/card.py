"""A memory card that fills during the night, with pictures of which it is sure what they show."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from detector.detection import Label
from detector.engine import Detector
from detector.lighting import lighting_of
from detector.pictures import read_picture
from detector.release import find_release, load_release

SEQUENCES = ("herd-night-b", "empty-night", "herd-day", "empty-day", "herd-night-c")
SURE_BY = 0.15
NEVER_ABOVE = 0.10


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture, and whether the release surely sees an elephant in it, or surely none."""

    path: Path
    elephant: bool


def sure_pictures(drill: Path, release: str) -> list[Picture]:
    """Look at the drill's pictures; leave out those that rounding could turn over."""
    loaded = load_release(find_release(release))
    detector = Detector(loaded, threads=1)
    found: list[Picture] = []
    for path in (path for name in SEQUENCES for path in sorted((drill / name).glob("*.jpg"))):
        pixels = read_picture(path)
        sure = loaded.threshold(lighting_of(pixels)) + SURE_BY
        seen = [d.confidence for d in detector.detect(pixels) if d.label is Label.ELEPHANT]
        best = max(seen, default=0.0)
        if best >= sure or best < NEVER_ABOVE:
            found.append(Picture(path, elephant=best >= sure))
    return found


class Card:
    """A folder into which pictures come; each has a time of its own, by which it is known."""

    def __init__(self, folder: Path, pictures: list[Picture]) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._pictures: Iterator[Picture] = cycle(pictures)
        self._number = 0
        self.elephants_at: list[datetime] = []

    def put(self) -> None:
        """Put the next picture, taken now; whoever watches sees it only when it is whole."""
        picture = next(self._pictures)
        now = datetime.now(UTC)
        taken_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        part = self._folder / f".{self._number:05d}.part"
        shutil.copyfile(picture.path, part)
        taken_ns = round(taken_at.timestamp() * 1000) * 1_000_000
        os.utime(part, ns=(taken_ns, taken_ns))
        part.rename(self._folder / f"{self._number:05d}.jpg")
        self._number += 1
        if picture.elephant:
            self.elephants_at.append(taken_at)
