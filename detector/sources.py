"""Finds pictures and videos under a path and gives their frames, one after another.

One broken file is an answer, never an exception: a card with ten thousand pictures always has one.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detector.pictures import Pixels, UnreadablePictureError, read_picture

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".ts"}
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture in memory. `frame_number` and `frame_rate` (1/s) belong to videos alone."""

    file: Path
    frame_number: int | None
    pixels: Pixels
    frame_rate: float | None = None


@dataclass(frozen=True, slots=True)
class BrokenFrame:
    """A file that could not be looked at, and why."""

    file: Path
    reason: str


def frames_of(
    path: Path, *, every: int = 1, least_side_px: int | None = None
) -> Iterator[Frame | BrokenFrame]:
    """Give the frames of a picture, a video (each `every`-th) or a folder, in order of name.

    Who needs no more of a picture than `least_side_px` of its longer side gets it faster.
    """
    for file in files_of(path):
        if is_video(file):
            yield from _video_frames(file, every)
        else:
            yield _picture_frame(file, least_side_px)


def read_ahead(
    files: Sequence[Path], *, every: int = 1, least_side_px: int | None = None
) -> Iterator[Iterable[Frame | BrokenFrame]]:
    """Give the frames of each file; while one picture is looked at, the next is being unfolded.

    So a network and a decoder keep different cores busy. One picture is read ahead, never more:
    it may be large. Videos are read as they are looked at.
    """

    def read(file: Path) -> Iterable[Frame | BrokenFrame]:
        frames = frames_of(file, every=every, least_side_px=least_side_px)
        return frames if is_video(file) else list(frames)

    with ThreadPoolExecutor(1, thread_name_prefix="unfolding") as reader:
        coming = [reader.submit(read, file) for file in files[:1]]
        for following in range(1, len(files) + 1):
            frames = coming.pop().result()
            coming += [reader.submit(read, file) for file in files[following : following + 1]]
            yield frames


def files_of(path: Path) -> list[Path]:
    """Return a folder's pictures and videos, at any depth, sorted, none hidden; or the path."""
    if not path.is_dir():
        return [path]
    known = PICTURE_SUFFIXES | VIDEO_SUFFIXES
    return sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in known
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


def is_video(file: Path) -> bool:
    """Say whether a file's name is that of a video."""
    return file.suffix.lower() in VIDEO_SUFFIXES


def frame_count(file: Path, *, every: int = 1) -> int:
    """Estimate how many frames `frames_of` gives for one file: exact for pictures."""
    if not is_video(file):
        return 1
    video = cv2.VideoCapture(str(file))
    try:
        return max(1, -(-int(video.get(cv2.CAP_PROP_FRAME_COUNT)) // every))
    finally:
        video.release()


def _picture_frame(file: Path, least_side_px: int | None) -> Frame | BrokenFrame:
    if not file.exists():
        return BrokenFrame(file, "there is no such file")
    if not file.is_file():
        return BrokenFrame(file, "not a file")
    try:
        return Frame(file, None, read_picture(file, least_side_px=least_side_px))
    except UnreadablePictureError as error:
        return BrokenFrame(file, str(error))


def _video_frames(file: Path, every: int) -> Iterator[Frame | BrokenFrame]:
    if not file.is_file():
        yield BrokenFrame(file, "there is no such file")
        return
    video = cv2.VideoCapture(str(file))
    try:
        rate = video.get(cv2.CAP_PROP_FPS)
        number = -1
        # grab() skips the costly half of the decoding for frames nobody will look at.
        while video.grab():
            number += 1
            if number % every == 0:
                decoded, pixels = video.retrieve()
                if decoded:
                    yield Frame(file, number, np.asarray(pixels, np.uint8), rate or None)
        if number < 0:
            yield BrokenFrame(file, "the video cannot be decoded")
    finally:
        video.release()
