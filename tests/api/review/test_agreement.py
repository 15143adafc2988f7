import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.review.agreement import cohen_kappa, fleiss_kappa


def test_cohens_kappa_of_the_grant_proposals() -> None:
    # The worked example of Wikipedia's "Cohen's kappa": 50 proposals, p_o 0.70, p_e 0.50.
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15

    assert cohen_kappa(pairs) == pytest.approx(0.40)


def test_fleiss_kappa_of_the_fourteen_raters() -> None:
    # The worked example of Wikipedia's "Fleiss' kappa": 10 subjects, 14 raters, 5 categories.
    rows = (
        (0, 0, 0, 0, 14),
        (0, 2, 6, 4, 2),
        (0, 0, 3, 5, 6),
        (0, 3, 9, 2, 0),
        (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0),
        (3, 2, 6, 3, 0),
        (2, 5, 3, 2, 2),
        (6, 5, 2, 1, 0),
        (0, 2, 2, 3, 7),
    )
    events = [{str(word): n for word, n in enumerate(row) if n} for row in rows]

    assert fleiss_kappa(events) == pytest.approx(0.210, abs=5e-4)


def test_where_chance_alone_agrees_there_is_no_kappa() -> None:
    assert cohen_kappa([("elephant", "elephant")] * 9) is None
    assert fleiss_kappa([{"elephant": 2}] * 9) is None
    assert cohen_kappa([]) is None
    assert fleiss_kappa([{"elephant": 1}]) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1))
def test_kappa_does_not_ask_who_is_first(pairs: list[tuple[str, str]]) -> None:
    turned = cohen_kappa([(other, one) for one, other in pairs])
    kappa = cohen_kappa(pairs)

    assert (kappa is None) == (turned is None)
    if kappa is not None and turned is not None:
        assert kappa == pytest.approx(turned)
        assert -1 - 1e-9 <= kappa <= 1
