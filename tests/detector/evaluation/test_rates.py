import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.evaluation.rates import Share, share_at, threshold_for


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (81, 263, 0.2553, 0.3662),  # Newcombe (1998), table I
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_wilsons_interval_is_that_of_the_tables(hits: int, n: int, low: float, high: float) -> None:
    assert Share(hits, n).interval == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_said() -> None:
    nothing = Share(0, 0)

    assert nothing.rate is None
    assert nothing.interval is None


def test_more_hits_than_tries_is_no_share() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        Share(3, 2)


@given(st.integers(1, 10_000), st.data())
def test_the_interval_holds_the_rate_and_stays_a_share(n: int, data: st.DataObject) -> None:
    share = Share(data.draw(st.integers(0, n)), n)

    assert share.interval is not None
    assert share.rate is not None
    low, high = share.interval
    assert 0 <= low <= share.rate + 1e-12
    assert share.rate - 1e-12 <= high <= 1


def test_two_per_cent_of_fifty_pictures_is_one_picture() -> None:
    negatives = [0.9, 0.7, *[0.1] * 48]

    threshold = threshold_for(negatives, 0.02)

    assert share_at(negatives, threshold).hits == 1
    assert share_at([0.7], threshold).hits == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0, 0.5))
def test_a_threshold_never_lets_more_ring_than_allowed(scores: list[float], rate: float) -> None:
    threshold = threshold_for(scores, rate)

    assert share_at(scores, threshold).hits <= rate * len(scores)


def test_without_negatives_no_false_alarm_rate_can_be_promised() -> None:
    with pytest.raises(ValueError, match="without elephants"):
        threshold_for([], 0.02)
