import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.herds.numbers import SIZES, USUAL, Sizes, other_number, sizes


def shown(*counts: int) -> Sizes:
    return sizes(len(counts), sum(counts), max(counts))


def likely_size(seen: Sizes) -> int:
    return max(zip(seen, USUAL, SIZES, strict=True), key=lambda each: each[0] * each[1])[2]


seen = st.lists(st.integers(1, 40), min_size=1, max_size=12).map(lambda counts: shown(*counts))


def test_one_picture_of_two_outweighs_any_number_of_pictures_of_one() -> None:
    assert likely_size(shown(1, 1, 1, 1, 1, 1)) == 1
    assert likely_size(shown(1, 1, 1, 1, 1, 2)) > 1


def test_a_lone_bull_is_none_of_a_dozen_but_a_picture_of_one_may_show_one_of_a_dozen() -> None:
    dozen = [shown(7, 8, 6)]

    assert other_number([shown(1, 1, 1)], shown(7)) > 5
    assert other_number(dozen, shown(1)) < other_number(dozen, shown(1, 1, 1))


def test_of_looks_that_nobody_counted_it_is_only_known_that_herds_are_no_smaller() -> None:
    uncounted = sizes(0, 0, 3)

    assert uncounted[SIZES.index(3)] == uncounted[-1] > uncounted[SIZES.index(2)]


@given(seen)
def test_what_was_seen_is_as_likely_of_all_herds_together_as_of_any(seen: Sizes) -> None:
    assert sum(share * each for share, each in zip(USUAL, seen, strict=True)) == pytest.approx(1)
    assert other_number([], seen) == pytest.approx(0, abs=1e-9)


@given(st.lists(seen, max_size=12), seen)
def test_however_little_numbers_agree_the_surprise_is_a_number(
    way: list[Sizes], new: Sizes
) -> None:
    assert math.isfinite(other_number(way, new))
    assert other_number(way, new) == pytest.approx(other_number(way[::-1], new))
