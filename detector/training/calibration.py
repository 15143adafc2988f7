"""Finds the range of every number inside a network, from what training pictures make of it.

An 8-bit integer has 256 steps: a range that is too wide loses the fine, one that is too narrow cuts
off the large. Pure but for `watch`, which runs the network.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.training.dataset import LabelledPicture

Values = NDArray[np.float32]
Curve = Callable[[Values], Values]

STEPS = 255
VALUES_PER_PICTURE = 256
"""Drawn at random from each tensor: a few hundred pictures fit in memory."""
SHARES_BELOW = (1.0, 0.6, 0.35, 0.2)
SHARES_ABOVE = (1.0, 0.8, 0.63, 0.5, 0.4, 0.31, 0.25, 0.2)
"""Parts of the full range that are tried, to either side: most tensors lie far to one."""
TINY = 1e-9
SILU_IS_ZERO_BELOW = -8.0
"""There the activation gives less than 0.003: what is more negative need not be told apart."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One tensor over all pictures: its extremes, and some of its values (pictures x values)."""

    lowest: float
    highest: float
    values: Values


@dataclass(frozen=True, slots=True)
class Range:
    """From where to where the 256 steps reach; zero is always one of them."""

    lowest: float
    highest: float


def choose_pictures(
    pictures: Sequence[LabelledPicture], most: int, seed: int
) -> list[LabelledPicture]:
    """Choose up to `most` pictures: each lighting, with and without elephants, as often as another.

    Where a kind has too few pictures, all of them are taken and nothing is put in their place.
    """

    def kind(picture: LabelledPicture) -> tuple[str, bool]:
        return picture.lighting, picture.has_elephant

    rng = np.random.default_rng(seed)
    kinds = [list(group) for _, group in groupby(sorted(pictures, key=kind), key=kind)]
    share = -(-most // len(kinds)) if kinds else 0
    chosen = [kind[index] for kind in kinds for index in rng.permutation(len(kind))[:share]]
    return [chosen[index] for index in rng.permutation(len(chosen))[:most]]


def watch(
    run: Callable[[Values], Mapping[str, NDArray[Any]]], batches: Iterable[Values], seed: int
) -> dict[str, Watched]:
    """Run the network on each batch; `run` returns its inner tensors by name.

    What is not made of floating-point numbers is left out.
    """
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[Values]] = {}
    extremes: dict[str, tuple[float, float]] = {}
    for batch in batches:
        for name, tensor in run(batch).items():
            if tensor.dtype != np.float32 or tensor.size == 0:
                continue
            flat = tensor.reshape(-1)
            low, high = extremes.get(name, (np.inf, -np.inf))
            extremes[name] = min(low, float(flat.min())), max(high, float(flat.max()))
            drawn.setdefault(name, []).append(flat[rng.integers(0, flat.size, VALUES_PER_PICTURE)])
    return {name: Watched(*extremes[name], np.stack(drawn[name])) for name in drawn}


def choose_range(watched: Watched, *, before_silu: bool = False) -> Range:
    """Return the range that changes what comes out the least, over all pictures alike.

    A tensor that only feeds the activation is judged behind it: there, all that is far below zero
    is the same.
    """
    curve: Curve = silu if before_silu else _as_it_is
    lowest = max(watched.lowest, SILU_IS_ZERO_BELOW) if before_silu else watched.lowest
    true = curve(watched.values)
    tried = [
        Range(min(0.0, lowest * below), max(0.0, watched.highest * above))
        for below in SHARES_BELOW
        for above in SHARES_ABOVE
    ]
    return min(tried, key=lambda one: _error(curve(rounded(watched.values, one)), true))


def rounded(values: Values, reach: Range) -> Values:
    """Return the values as 8-bit integers of this range would hold them."""
    # as a float32, which the values are: a step too small for one would divide them by zero
    step = float(np.float32((reach.highest - reach.lowest) / STEPS)) or 1.0
    zero = np.round(-reach.lowest / step)
    whole = np.clip(np.round(values / step + zero), 0, STEPS)
    return np.asarray((whole - zero) * step, np.float32)


def silu(values: Values) -> Values:
    """Return x times its sigmoid: the activation behind nearly every convolution."""
    return np.asarray(values / (1 + np.exp(-np.clip(values, -60, 60))), np.float32)


def _as_it_is(values: Values) -> Values:
    return values


def _error(got: Values, true: Values) -> float:
    """Mean square error, each picture measured by its own strength: a dark frame counts as much."""
    errors = np.mean((got - true) ** 2, axis=1)
    return float(np.mean(errors / (np.mean(true**2, axis=1) + TINY)))
