from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.review.rules import (
    Consensus,
    Decision,
    Outcome,
    ReviewState,
    Said,
    Word,
    doubt,
    is_for_two,
    of_event,
    outcome,
    standing,
    words,
)
from tests.api.world import DUSK

ELEPHANT, NOTHING, UNSURE = Decision.ELEPHANT, Decision.NOTHING, Decision.UNSURE
_numbers = count(1)


def said(
    decision: Decision | None,
    *,
    reader: str = "li",
    frame: str | None = None,
    takes_back: int | None = None,
    counted: int | None = None,
) -> Said:
    number = next(_numbers)
    moment = DUSK + timedelta(seconds=number)
    return Said(number, reader, frame, decision, takes_back, counted, False, moment)


def word(
    reader: str, decision: Decision, counted: int | None = None, *, settles: bool = False
) -> Word:
    return Word(reader, next(_numbers), decision, counted, settles, DUSK)


def test_taking_back_brings_the_word_before_back() -> None:
    first, second = said(ELEPHANT), said(NOTHING)
    undo = said(None, takes_back=second.id)

    assert standing([first, second, undo]) == {("li", None): first}


@given(st.lists(st.sampled_from(Decision), min_size=1, max_size=8), st.integers(0, 8))
def test_as_many_steps_back_as_forth_leave_what_was_there(
    decisions: list[Decision], steps: int
) -> None:
    labels = [said(decision) for decision in decisions]
    undone = labels[::-1][:steps]
    undos = [said(None, takes_back=label.id) for label in undone]

    left = labels[: max(0, len(labels) - steps)]
    assert standing([*labels, *undos]) == ({("li", None): left[-1]} if left else {})


def test_frame_by_frame_counts_once_every_frame_has_a_label() -> None:
    some = [said(NOTHING, frame="a"), said(ELEPHANT, frame="b", counted=2)]

    assert words(some, frames=3) == []
    (held,) = words([*some, said(NOTHING, frame="c")], frames=3)
    assert (held.decision, held.count) == (ELEPHANT, 2)


def test_one_unsure_frame_is_not_a_blank_event() -> None:
    assert of_event([NOTHING, UNSURE, NOTHING]) is UNSURE


@pytest.mark.parametrize(
    ("said_words", "wanted", "rule", "left"),
    [
        ([], 1, Consensus.MAJORITY, (ReviewState.OPEN, None)),
        ([(ELEPHANT, 3)], 1, Consensus.MAJORITY, (ReviewState.DONE, ELEPHANT)),
        ([(ELEPHANT, 3)], 2, Consensus.MAJORITY, (ReviewState.OPEN, None)),
        ([(UNSURE, None)], 1, Consensus.MAJORITY, (ReviewState.OPEN, None)),
        ([(UNSURE, None), (ELEPHANT, 1)], 1, Consensus.MAJORITY, (ReviewState.DONE, ELEPHANT)),
        ([(UNSURE, None), (UNSURE, None)], 1, Consensus.MAJORITY, (ReviewState.DONE, UNSURE)),
        ([(ELEPHANT, 1), (NOTHING, None)], 2, Consensus.MAJORITY, (ReviewState.DISPUTED, None)),
        (
            [(ELEPHANT, 1), (NOTHING, None), (ELEPHANT, 1)],
            2,
            Consensus.MAJORITY,
            (ReviewState.DONE, ELEPHANT),
        ),
        (
            [(ELEPHANT, 1), (NOTHING, None), (ELEPHANT, 1)],
            2,
            Consensus.UNANIMOUS,
            (ReviewState.DISPUTED, None),
        ),
    ],
)
def test_the_verdict(
    said_words: list[tuple[Decision, int | None]],
    wanted: int,
    rule: Consensus,
    left: tuple[ReviewState, Decision | None],
) -> None:
    given_words = [word(f"r{n}", *one) for n, one in enumerate(said_words)]

    found = outcome(given_words, wanted, rule)

    assert (found.state, found.verdict) == left


def test_whoever_settles_it_has_seen_the_others() -> None:
    dispute = [word("a", ELEPHANT, 1), word("b", NOTHING), word("c", ELEPHANT, 4, settles=True)]

    assert outcome(dispute, 2, Consensus.UNANIMOUS) == Outcome(ReviewState.DONE, ELEPHANT, 4)


def test_the_count_is_the_middle_one_of_those_who_agree() -> None:
    three = [word("a", ELEPHANT, 2), word("b", ELEPHANT, 3), word("c", ELEPHANT, 9)]

    assert outcome(three, 3, Consensus.MAJORITY).count == 3


def test_nothing_teaches_more_than_a_frame_at_the_threshold() -> None:
    doubts = [doubt([(confidence, 0.4)]) for confidence in (0.99, 0.6, 0.4, 0.2)]

    assert doubts[2] == 1
    assert doubts[0] < doubts[1] < doubts[2] > doubts[3]


def test_the_share_for_two_readers_is_the_share() -> None:
    drawn = sum(is_for_two("valley", number, 0.1) for number in range(5000))

    assert 420 < drawn < 580  # 3.8 standard deviations
