import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.evaluation.confirmation import RULES, Rule, confirmed_at

answers_of_frames = st.lists(st.booleans(), max_size=30)


@pytest.mark.parametrize(
    ("answers", "rule", "after"),
    [
        ([True, False, True], Rule(2, 4), 3),
        ([True, False, False, False, True], Rule(2, 4), None),
        ([True], Rule(2, 4), 1),
        ([False], Rule(1, 1), None),
        ([], Rule(2, 4), None),
        ([False, True, True, True], Rule(3, 5), 4),
    ],
)
def test_a_sequence_rings_with_the_frame_that_completes_the_rule(
    answers: list[bool], rule: Rule, after: int | None
) -> None:
    assert confirmed_at(answers, rule) == after


@given(answers_of_frames, st.sampled_from(RULES))
def test_nothing_rings_without_a_frame_that_does(answers: list[bool], rule: Rule) -> None:
    if not any(answers):
        assert confirmed_at(answers, rule) is None


@given(answers_of_frames.filter(lambda answers: len(answers) > 3))
def test_a_stricter_rule_never_rings_sooner(answers: list[bool]) -> None:
    loose, strict = confirmed_at(answers, Rule(2, 4)), confirmed_at(answers, Rule(3, 4))
    assert strict is None or (loose is not None and loose <= strict)
