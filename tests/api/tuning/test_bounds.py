import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.tuning.bounds import beta_share, gamma_share, rate_at_most, share_within


@pytest.mark.parametrize(("seen", "at_most"), [(0, 2.9957), (1, 4.7439), (10, 16.9622)])
def test_whole_counts_have_the_exact_poisson_bound(seen: int, at_most: float) -> None:
    assert rate_at_most(seen, seen, 1, 0.95) == pytest.approx(at_most, abs=1e-4)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(8, 10, 0.44390, 0.97479), (0, 10, 0.0, 0.30850), (10, 10, 0.69150, 1.0), (0, 0, 0.0, 1.0)],
)
def test_shares_have_the_exact_binomial_interval(
    part: int, whole: int, low: float, high: float
) -> None:
    assert share_within(part, whole, 0.95) == pytest.approx((low, high), abs=1e-5)


@given(st.integers(1, 60), st.floats(0.01, 120))
def test_the_gamma_share_is_the_poisson_tail(count: int, mean: float) -> None:
    fewer = sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))

    assert gamma_share(count, mean) == pytest.approx(1 - fewer, abs=1e-9)


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.001, 0.999))
def test_the_beta_share_is_the_binomial_tail(a: int, b: int, x: float) -> None:
    n = a + b - 1
    at_least = sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))

    assert beta_share(a, b, x) == pytest.approx(at_least, abs=1e-9)


@given(st.lists(st.floats(1, 20), min_size=1, max_size=30))
def test_a_few_heavy_samples_prove_less_than_many_light_ones(weights: list[float]) -> None:
    total = sum(weights)
    heavy = rate_at_most(total, sum(w**2 for w in weights), max(weights), 0.95)

    assert heavy >= rate_at_most(total, total, 1, 0.95) - 1e-6
