"""What counts prove about rates and shares: exact bounds, on the standard library alone.

The quantiles are found by halving an interval on the regularised incomplete gamma and beta
functions; both are good to about 1e-9, which is far beyond what any count can tell.
"""

import math
from collections.abc import Callable
from functools import lru_cache

_TINY = 1e-300
_EXACT = 1e-14
_TURNS = 100_000
_HALVINGS = 200


@lru_cache(maxsize=20_000)
def rate_at_most(total: float, squares: float, largest: float, confidence: float) -> float:
    """Return the mean that a weighted count surely does not exceed (Fay and Feuer's gamma bound).

    `total` is the sum of the weights counted, `squares` that of their squares, `largest` the weight
    of the next one that might have come. With weights of 1 it is the exact Poisson bound.
    """
    mean, variance = total + largest, squares + largest**2
    return gamma_quantile(confidence, mean**2 / variance, variance / mean)


@lru_cache(maxsize=20_000)
def share_within(part: float, whole: float, confidence: float) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share, both ends; the counts may be fractions.

    Of nothing, everything is possible: (0, 1).
    """
    if whole <= 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    rest = max(whole - part, 0.0)
    low = beta_quantile(tail, part, rest + 1) if part > 0 else 0.0
    high = beta_quantile(1 - tail, part + 1, rest) if rest > 0 else 1.0
    return low, high


def gamma_quantile(probability: float, shape: float, scale: float) -> float:
    """Return below which value a gamma variable stays with this probability."""
    high = max(shape, 1.0)
    while gamma_share(shape, high) < probability:
        high *= 2
    return scale * _crossing(lambda x: gamma_share(shape, x), probability, high)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return below which value a beta variable stays with this probability."""
    return _crossing(lambda x: beta_share(a, b, x), probability, 1.0)


def gamma_share(shape: float, x: float) -> float:
    """Return the probability that a gamma variable of scale 1 is at most `x`."""
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        return front * _gamma_series(shape, x)
    return 1.0 - front * _gamma_fraction(shape, x)


def beta_share(a: float, b: float, x: float) -> float:
    """Return the probability that a beta variable is at most `x`."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta)
    if x < (a + 1) / (a + b + 2):  # on this side the fraction settles fast
        return front * _beta_fraction(a, b, x) / a
    return 1.0 - front * _beta_fraction(b, a, 1 - x) / b


def _crossing(rises: Callable[[float], float], level: float, high: float) -> float:
    low = 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if rises(middle) < level:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return (low + high) / 2


def _gamma_series(shape: float, x: float) -> float:
    term = total = 1 / shape
    for turn in range(1, _TURNS):
        term *= x / (shape + turn)
        total += term
        if term < total * _EXACT:
            break
    return total


def _gamma_fraction(shape: float, x: float) -> float:
    """Lentz's way through the continued fraction of the upper tail."""
    b = x + 1 - shape
    c, d = 1 / _TINY, 1 / b
    value = d
    for turn in range(1, _TURNS):
        a = -turn * (turn - shape)
        b += 2
        d = 1 / _off_zero(a * d + b)
        c = _off_zero(b + a / c)
        step = c * d
        value *= step
        if abs(step - 1) < _EXACT:
            break
    return value


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    value = d
    for turn in range(1, _TURNS):
        even = turn * (b - turn) * x / ((a + 2 * turn - 1) * (a + 2 * turn))
        odd = -(a + turn) * (a + b + turn) * x / ((a + 2 * turn) * (a + 2 * turn + 1))
        for part in (even, odd):
            d = 1 / _off_zero(1 + part * d)
            c = _off_zero(1 + part / c)
            step = c * d
            value *= step
        if abs(step - 1) < _EXACT:
            break
    return value


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
