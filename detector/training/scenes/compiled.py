"""The one way this package compiles a function with numba."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first use, keep the machine code on disk. numba has no types: we state them."""
    return cast("Callable[P, R]", numba.njit(fastmath=True, cache=True)(function))
