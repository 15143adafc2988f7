"""How many animals a herd has, by how many of them its cameras showed. Pure.

A camera shows a part of a herd, now more, now fewer; so three are rather of four than of ten, and
nine are never of a lone bull. Looked at as likelihoods of each size, which many looks narrow down.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from operator import mul

# Sizes that are told apart, and how usual they are: three of ten elephants walk alone, most
# of them bulls; families are of half a dozen, some of two dozen.
SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 23)
ALONE, FAMILY = 0.3, 5.0  # share; how many more than two, on average
SHOWN = 0.6  # of a herd stand in the picture, on average
ALIKE = 6.0  # how alike the parts are that are shown; without end, each animal is on its own
MOST_LOOKS = 8  # more are of the same half of a herd again
TOO_MANY = 0.01  # likelihood of more at once than there are: a box too many, or even several,
FAR_TOO_MANY = 4  # which falls with so high a power of how many times too many they are
ANYHOW = 0.00125  # of any other number: pictures of tails and trunks

Sizes = tuple[float, ...]  # by size: how much likelier what was seen is of such a herd than of any


def _usual() -> Sizes:
    edges = [(one + other) / 2 for one, other in pairwise(SIZES[1:])]
    larger = [1.0, *(math.exp(-(edge - 1.5) / FAMILY) for edge in edges), 0.0]
    families = [one - other for one, other in pairwise(larger)]
    return ALONE, *((1 - ALONE) * share for share in families)


USUAL = _usual()


@lru_cache(maxsize=4096)
def sizes(looks: int, animals: int, most: int) -> Sizes:
    """Return what the size of a herd is, of which so many animals were seen in so many looks.

    `most` is the most at once; without `looks` it says no more than that they are so many.
    """
    told = min(looks, MOST_LOOKS)
    # The first animal is why there is a picture.
    beyond = told * max(animals / looks - 1, 0.0) if looks else 0.0
    seen = [
        TOO_MANY * (size / most) ** FAR_TOO_MANY if size < most else _shown(size, told, beyond)
        for size in SIZES
    ]
    of_any = sum(map(mul, USUAL, seen))
    return tuple(each / of_any for each in seen)


def other_number(way: Iterable[Sizes], new: Sizes) -> float:
    """Return how much less likely this number is of the herd than of any herd (a logarithm)."""
    herd = list(map(math.prod, zip(USUAL, *way, strict=True)))  # the quickest of several ways
    return math.log(sum(herd) / sum(map(mul, herd, new)))


def _shown(size: int, looks: int, beyond: float) -> float:
    """Return how likely so many animals beyond the first are shown in all looks together.

    Beta-binomial, as spread as the sum of looks each of which is.
    """
    if size == 1 or looks == 0:
        return 1.0
    mean = SHOWN * size + (1 - SHOWN) ** size
    alike = 1 + (size - 1) / (ALIKE + 1)
    square = SHOWN * size * ((1 - SHOWN) * alike + SHOWN * size) + (1 - SHOWN) ** size
    spread = looks * (square - mean * mean)
    most, share = looks * (size - 1), (mean - 1) / (size - 1)
    wider = spread / (most * share * (1 - share))
    together = (most - 1) / (wider - 1) - 1 if wider > 1 and most > 1 else math.inf
    together = min(max(together, 0.5), 1e4)
    a, b = share * together, (1 - share) * together
    chosen = _log_ways(most, beyond) + _log_beta(beyond + a, most - beyond + b) - _log_beta(a, b)
    return math.exp(chosen) + ANYHOW / looks


def _log_ways(of: float, chosen: float) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
