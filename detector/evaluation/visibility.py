"""How much of an elephant the network needs: recall when real animals are hidden in part.

What "visible" means: the share of the animal's labelled box that is left, inside the frame (`cut`)
or uncovered (`covered`). It is measured on the box and not on the animal's outline, whose share may
be larger or smaller. Pictures are those labelled `day`; `night_simulated` is the same hidden
picture made to look infrared afterwards. Animals are tried one at a time, the others stay as they
are. Left out is who touches the frame's edge already, since nobody knows how much of it is
beyond, and who is smaller than 16 pixels either way. Hiding that labels do not tell of
(another elephant in front) remains.

Recall is per animal: of a crowd each is asked for. Beside it stand the animals that are found when
nothing hides them, those that are large or small in the picture, those alone in theirs, and the
share of pictures that ring at all, through a neighbour perhaps.

What it is not: evidence from the field. Leaves are pieces of the same picture and night is
simulated, with the code that training uses too; real undergrowth and real flashes are harder.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from zlib import crc32

import numpy as np

from detector.detection import BoundingBox, Detection, Label
from detector.evaluation.hiding import Scene, covered, cut, scene_of
from detector.evaluation.looking import Sees
from detector.evaluation.rates import Share
from detector.evaluation.report import Interval
from detector.evaluation.thresholds import Thresholds
from detector.lighting import lighting_of
from detector.pictures import Pixels, read_picture
from detector.training.cover import Corners
from detector.training.dataset import LabelledPicture
from detector.training.infrared import infrared_look

VISIBLE_SHARES = (0.8, 0.6, 0.4, 0.2)
SMALLEST_SIDE_PX = 16
LARGE_FROM = 1 / 12
"""The share of the picture's area from which an animal's box is called large."""
LEAST_OVERLAP = 0.2
"""A detection means the animal whose box it overlaps most, by at least this (intersection over
union). Low on purpose: asked is whether the animal rings, and of a covered one the network may
rightly draw only the part that it sees."""


class Light(StrEnum):
    """The light of the tried pictures: as taken, or made to look infrared."""

    DAY = "day"
    NIGHT_SIMULATED = "night_simulated"


class How(StrEnum):
    """What hides the animal; `whole` is the picture as it was, to compare with."""

    WHOLE = "whole"
    CUT = "cut"
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class Trial:
    """One point of the curve: a light, a way of hiding, the share (0 to 1) left visible."""

    lighting: Light
    how: How
    visible: float


@dataclass(frozen=True, slots=True)
class Recall:
    """Recall over `animals` animals, None of none, with its Wilson 95 % interval."""

    animals: int
    recall: float | None
    recall_ci: Interval | None


@dataclass(frozen=True, slots=True)
class VisibilityFigures:
    """One trial: recall of all animals, and of some, by the names in `SOME`.

    `rings` is the share of its pictures in which any elephant is believed.
    """

    lighting: Light
    how: How
    visible: float
    animals: int
    recall: float | None
    recall_ci: Interval | None
    rings: float | None
    some: dict[str, Recall]


TRIALS = tuple(
    Trial(light, how, visible)
    for light in Light
    for how, shares in (
        (How.WHOLE, (1.0,)),
        (How.CUT, VISIBLE_SHARES),
        (How.COVERED, VISIBLE_SHARES),
    )
    for visible in shares
)


@dataclass(frozen=True, slots=True)
class Subject:
    """An animal that was tried: its box's share of the picture, and what came of each trial."""

    area: float
    is_alone: bool
    found: frozenset[Trial]
    rang: frozenset[Trial]


SOME: dict[str, Callable[[Subject, Light], bool]] = {
    "found_whole": lambda animal, light: Trial(light, How.WHOLE, 1.0) in animal.found,
    "large": lambda animal, _: animal.area >= LARGE_FROM,
    "small": lambda animal, _: animal.area < LARGE_FROM,
    "alone": lambda animal, _: animal.is_alone,
}


def day_elephants(pictures: Iterable[LabelledPicture]) -> list[LabelledPicture]:
    """Keep the pictures the curve is drawn from."""
    return [picture for picture in pictures if picture.lighting == "day" and picture.has_elephant]


def visibility_curve(
    pictures: Iterable[LabelledPicture],
    detector: Sees,
    thresholds: Thresholds,
    *,
    seed: int = 0,
    read: Callable[[Path], Pixels] = read_picture,
) -> list[VisibilityFigures]:
    """Try every animal of day pictures in all ways; the same seed gives the same figures.

    The threshold is that of the lighting recognised in the hidden picture, as on a station. An
    animal's leaves and its night depend on the seed, its file's name and its place in the label
    file alone. Raises UnreadablePictureError.
    """
    subjects = [
        _tried(scene, (seed, crc32(picture.path.name.encode()), tried), detector, thresholds)
        for picture in pictures
        for tried, scene in _scenes(picture, read(picture.path))
    ]
    return [_figures(trial, subjects) for trial in TRIALS]


def _tried(scene: Scene, seeds: tuple[int, ...], detector: Sees, thresholds: Thresholds) -> Subject:
    left, top, right, bottom = scene.animal
    found, rang = set(), set()
    for trial in TRIALS:
        staged = _staged(scene, trial, seeds)
        believed = _believed(staged.pixels, detector, thresholds)
        rang |= {trial} if believed else set()
        found |= {trial} if any(_means(one, staged) for one in believed) else set()
    height, width = scene.pixels.shape[:2]
    area = (right - left) * (bottom - top) / (width * height)
    return Subject(area, not scene.others, frozenset(found), frozenset(rang))


def _scenes(picture: LabelledPicture, pixels: Pixels) -> Iterator[tuple[int, Scene]]:
    for tried in range(len(picture.boxes)):
        scene = scene_of(pixels, picture.boxes, tried)
        left, top, right, bottom = scene.animal
        large_enough = min(right - left, bottom - top) >= SMALLEST_SIDE_PX
        if large_enough and not _fractions(scene.animal, pixels).touches_edge():
            yield tried, scene


def _staged(scene: Scene, trial: Trial, seeds: tuple[int, ...]) -> Scene:
    """Hide the animal first, let night fall afterwards: leaves are lit by the same flash."""
    if trial.how is How.CUT:
        scene = cut(scene, trial.visible)
    elif trial.how is How.COVERED:
        scene, _ = covered(scene, trial.visible, np.random.default_rng([*seeds, 0]))
    if trial.lighting is Light.DAY:
        return scene
    night = infrared_look(scene.pixels, np.random.default_rng([*seeds, 1]))
    return Scene(night, scene.animal, scene.others)


def _believed(pixels: Pixels, detector: Sees, thresholds: Thresholds) -> list[Detection]:
    lighting = lighting_of(pixels)
    threshold = thresholds[lighting]
    return [
        one
        for one in detector.detect(pixels, lighting=lighting, floor=threshold)
        if one.label is Label.ELEPHANT and one.confidence >= threshold
    ]


def _means(detection: Detection, scene: Scene) -> bool:
    """Whether a detection is of the tried animal rather than of a neighbour."""
    own = detection.box.iou(_fractions(scene.animal, scene.pixels))
    neighbours = (detection.box.iou(_fractions(box, scene.pixels)) for box in scene.others)
    return own >= LEAST_OVERLAP and own >= max(neighbours, default=0.0)


def _fractions(corners: Corners, pixels: Pixels) -> BoundingBox:
    height, width = pixels.shape[:2]
    left, top, right, bottom = corners
    return BoundingBox(left / width, top / height, (right - left) / width, (bottom - top) / height)


def _figures(trial: Trial, subjects: Sequence[Subject]) -> VisibilityFigures:
    recall = _recall(trial, subjects)
    return VisibilityFigures(
        trial.lighting,
        trial.how,
        trial.visible,
        recall.animals,
        recall.recall,
        recall.recall_ci,
        Share(sum(trial in one.rang for one in subjects), len(subjects)).rate,
        {
            name: _recall(trial, [one for one in subjects if belongs(one, trial.lighting)])
            for name, belongs in SOME.items()
        },
    )


def _recall(trial: Trial, subjects: Sequence[Subject]) -> Recall:
    share = Share(sum(trial in one.found for one in subjects), len(subjects))
    return Recall(share.n, share.rate, share.interval)
