"""Looks through files: frame by frame, one result per file, and a tally of what came up."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from detector.detection import Detection, Label, Lighting
from detector.lighting import lighting_of
from detector.megadetector import FailedResult, PictureResult, Result, VideoResult
from detector.pictures import Pixels
from detector.sources import BrokenFrame, Frame, files_of

UNKNOWN_FRAME_RATE = 1.0
"""The format demands a rate; some videos do not tell theirs."""


class Sight(Protocol):
    """What of `detector.engine.Detector` is needed to look."""

    def detect(
        self, pixels: Pixels, *, lighting: Lighting | None = None, floor: float | None = None
    ) -> list[Detection]:
        """Return what is in the picture, the surest first."""
        ...


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to look at, and the name it has in results: relative where that says enough."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One frame, all that was seen in it, and what of that is believed in its light."""

    frame: Frame
    lighting: Lighting
    detections: tuple[Detection, ...]
    believed: tuple[Detection, ...]


def found_files(paths: Iterable[Path]) -> list[FoundFile]:
    """List every file under the paths, once.

    Under a single folder names are relative to it, as other tools expect; otherwise they are the
    paths as they were given.
    """
    given = list(paths)
    base = given[0] if len(given) == 1 and given[0].is_dir() else None
    files = dict.fromkeys(file for path in given for file in files_of(path))
    return [
        FoundFile(file, (file.relative_to(base) if base else file).as_posix()) for file in files
    ]


def look_at(frame: Frame, sight: Sight, thresholds: dict[Lighting, float], floor: float) -> Look:
    """Look at one frame. `floor` is the confidence from which anything is kept at all."""
    lighting = lighting_of(frame.pixels)
    detections = tuple(sight.detect(frame.pixels, lighting=lighting, floor=floor))
    least = thresholds[lighting]
    believed = tuple(seen for seen in detections if seen.confidence >= least)
    return Look(frame, lighting, detections, believed)


def look_through(
    found: FoundFile,
    frames: Iterable[Frame | BrokenFrame],
    look: Callable[[Frame], Look],
    *,
    on_look: Callable[[Look], None],
) -> Result:
    """Look at every frame of one file; a file that cannot be read is a result too.

    `on_look` is called after each frame, while its pixels are still in memory.
    """
    numbers: list[int] = []
    seen: list[tuple[int, Detection]] = []
    rate: float | None = None
    for frame in frames:
        if isinstance(frame, BrokenFrame):
            return FailedResult(found.name, frame.reason)
        looked = look(frame)
        on_look(looked)
        if frame.frame_number is None:
            return PictureResult(found.name, looked.detections)
        numbers.append(frame.frame_number)
        seen += ((frame.frame_number, detection) for detection in looked.detections)
        rate = frame.frame_rate
    return VideoResult(found.name, rate or UNKNOWN_FRAME_RATE, tuple(numbers), tuple(seen))


def annotated_path(folder: Path, name: str, frame_number: int | None) -> Path:
    """Return where an annotated frame is saved: always below the folder, whatever the name says."""
    steps = [step for step in PurePosixPath(name).parts if step not in ("/", "..", ".")]
    path = folder.joinpath(*steps)
    if frame_number is not None:
        return path.with_name(f"{path.name}_{frame_number:06d}.jpg")
    is_jpeg = path.suffix.lower() in (".jpg", ".jpeg")
    return path if is_jpeg else path.with_name(f"{path.name}.jpg")


@dataclass(slots=True)
class Tally:
    """Counts for the summary, by lighting."""

    frames: Counter[Lighting] = field(default_factory=Counter)
    with_elephants: Counter[Lighting] = field(default_factory=Counter)
    believed: Counter[tuple[Lighting, Label]] = field(default_factory=Counter)

    def add(self, look: Look) -> None:
        """Count one look."""
        self.frames[look.lighting] += 1
        labels = [seen.label for seen in look.believed]
        self.with_elephants[look.lighting] += Label.ELEPHANT in labels
        self.believed.update((look.lighting, label) for label in labels)

    def lightings(self) -> Iterator[Lighting]:
        """Give the lightings that came up."""
        return (lighting for lighting in Lighting if self.frames[lighting])
