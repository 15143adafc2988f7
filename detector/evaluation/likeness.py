"""How often the looks of an animal lead back to its own visit: all that our pictures can tell.

Nobody has labelled which elephant is which. Pictures of one sequence show the same animals within
minutes, before the same bushes, in the same light. So beside the animal itself its surroundings
are asked, with the animal blotted out: what they find is the place, and no elephant.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detector.appearance import Appearance, TooSmallError, Vector
from detector.detection import BoundingBox
from detector.letterbox import PADDING
from detector.pictures import Pixels, read_picture
from detector.training.dataset import LabelledPicture

MOST_OF_A_SEQUENCE = 10
TIGHT_CROPS = "team_crop_"  # the box is the whole picture: there are no surroundings
FEW = 5
_AROUND = 0.5  # of the box's width and height, on each side

Looks = Callable[[Pixels, BoundingBox], Vector]


@dataclass(frozen=True, slots=True)
class Ranked:
    """How the pictures of sequences found another picture of their own sequence, in one light.

    `first` and `among_few` are shares (best rank 1; rank 5 or better), each sequence weighing
    alike; the chances are what drawing lots among the sequences would give.
    """

    lighting: str
    what: str
    asked: int
    sequences: int
    among: int
    first: float
    among_few: float
    chance_first: float
    chance_among_few: float


def judge(appearance: Appearance, pictures: Iterable[LabelledPicture]) -> list[Ranked]:
    """Judge the animals' looks, and their surroundings' beside them, in each light."""
    chosen = with_one_animal(pictures)
    ways: Mapping[str, Looks] = {
        "animal": appearance.of,
        "surroundings": lambda pixels, box: appearance.of_whole(surroundings(pixels, box)),
    }
    known: dict[str, list[tuple[str, dict[str, Vector]]]] = defaultdict(list)
    for picture in chosen:
        pixels, box = read_picture(picture.path), box_of(picture)
        try:
            looks = {name: way(pixels, box) for name, way in ways.items()}
        except TooSmallError:
            continue
        known[picture.lighting].append((picture.sequence_id, looks))
    return [
        ranked(lighting, name, [(sequence, looks[name]) for sequence, looks in found])
        for lighting, found in sorted(known.items())
        for name in ways
    ]


def with_one_animal(pictures: Iterable[LabelledPicture]) -> list[LabelledPicture]:
    """Return pictures with one elephant alone, at most ten of a sequence, spread over it."""
    of_sequence: dict[str, list[LabelledPicture]] = defaultdict(list)
    for picture in pictures:
        if len(picture.boxes) == 1 and not picture.path.name.startswith(TIGHT_CROPS):
            of_sequence[picture.sequence_id].append(picture)
    chosen = []
    for found in of_sequence.values():
        steps = np.linspace(0, len(found) - 1, min(len(found), MOST_OF_A_SEQUENCE))
        chosen += [found[int(step)] for step in steps]
    return chosen


def box_of(picture: LabelledPicture) -> BoundingBox:
    """Return where the only animal is."""
    left, top, right, bottom = picture.boxes[0].corners
    return BoundingBox(left, top, right - left, bottom - top)


def surroundings(pixels: Pixels, box: BoundingBox) -> Pixels:
    """Return what lies half a box around the box, the box itself blotted out."""
    height, width = pixels.shape[:2]
    left, right = int(max(0.0, box.left) * width), int(min(1.0, box.right) * width)
    top, bottom = int(max(0.0, box.top) * height), int(min(1.0, box.bottom) * height)
    across, down = int((right - left) * _AROUND), int((bottom - top) * _AROUND)
    shown = pixels.copy()
    shown[top:bottom, left:right] = PADDING
    return shown[max(0, top - down) : bottom + down, max(0, left - across) : right + across]


def ranked(lighting: str, what: str, looks: Sequence[tuple[str, Vector]]) -> Ranked:
    """Ask each picture of a sequence with others which sequence is likest; itself never counts."""
    names = [name for name, _ in looks]
    vectors = np.stack([vector for _, vector in looks])
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    pictures_of = Counter(names)
    ranks: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        if pictures_of[name] > 1:
            best = dict.fromkeys(pictures_of, -np.inf)
            for other, likeness in zip(names, alike[number], strict=True):
                best[other] = max(best[other], likeness)
            ranks[name].append(sum(value > best[name] for value in best.values()))
    among = len(pictures_of)
    return Ranked(
        lighting=lighting,
        what=what,
        asked=sum(map(len, ranks.values())),
        sequences=len(ranks),
        among=among,
        first=_mean_share(ranks, 1),
        among_few=_mean_share(ranks, FEW),
        chance_first=1 / among,
        chance_among_few=min(1.0, FEW / among),
    )


def _mean_share(ranks: Mapping[str, Sequence[int]], within: int) -> float:
    shares = [sum(rank < within for rank in found) / len(found) for found in ranks.values()]
    return sum(shares) / len(shares) if shares else 0.0
