"""Films as visits: what a station that takes so many frames a second would have made of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from detector.detection import Label
from detector.evaluation.confirmation import Visit
from detector.evaluation.looking import Sees
from detector.evaluation.thresholds import Thresholds
from detector.lighting import lighting_of
from detector.pictures import UnreadablePictureError
from detector.sources import BrokenFrame, Frame, frames_of

LOOKED_AT_PER_S = 5.0
"""Frames a second that are looked at, at most: shows begin at each of them."""


def visits_in(
    films: Iterable[Path],
    detector: Sees,
    thresholds: Thresholds,
    *,
    is_elephant: bool,
    per_s: float,
) -> Iterator[Visit]:
    """Give each film as often as a camera of `per_s` frames a second can begin anew in it.

    A film of 5 frames a second, seen once a second, is five visits: which of them a station would
    have had is chance. Raises UnreadablePictureError for what is no film.
    """
    for film in films:
        near, rate = _nearness(film, detector, thresholds)
        step = max(1, round(rate / per_s))
        for first in range(min(step, len(near))):
            yield Visit(is_elephant, tuple(near[first::step]))


def _nearness(film: Path, detector: Sees, thresholds: Thresholds) -> tuple[list[float], float]:
    """Look at a film; return how near each frame came to its threshold, and frames a second."""
    every = max(1, round(_rate(film) / LOOKED_AT_PER_S))
    near = []
    for frame in frames_of(film, every=every):
        if isinstance(frame, BrokenFrame):
            raise UnreadablePictureError(f"{film}: {frame.reason}")
        lighting = lighting_of(frame.pixels)
        seen = detector.detect(frame.pixels, lighting=lighting)
        score = max((one.confidence for one in seen if one.label is Label.ELEPHANT), default=0.0)
        near.append(score / thresholds[lighting])
    return near, _rate(film) / every


def _rate(film: Path) -> float:
    frame = next(iter(frames_of(film)))
    return (frame.frame_rate if isinstance(frame, Frame) else None) or 1.0
