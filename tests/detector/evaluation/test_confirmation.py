from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.evaluation.confirmation import (
    RULES,
    STATION_RULE,
    Rule,
    Visit,
    confirmed_at,
    try_rules,
)
from edge_agent.confirmation import Confirmation
from edge_agent.contracts.configuration import ConfirmationSettings
from tests.edge_agent.builders import DUSK

near_frames = st.lists(st.sampled_from((0.0, 0.5, 0.7, 0.9, 0.95, 1.0, 2.5)), max_size=30)


@pytest.mark.parametrize(
    ("near", "rule", "after"),
    [
        ([1, 0, 1], Rule(2, 4), 3),
        ([1, 0, 0, 0, 1], Rule(2, 4), None),
        ([1], Rule(2, 4), 1),
        ([0], Rule(1, 1), None),
        ([], Rule(2, 4), None),
        ([0, 1, 1, 1], Rule(3, 5), 4),
        ([0.9, 1], Rule(2, 4), None),
        ([0.9, 1], Rule(2, 4, 0.9), 2),
        ([0.9, 0.9, 0.9], Rule(2, 4, 0.9), None),
        ([1, 0.9, 0.9, 1], Rule(2, 4, 0.9), 4),
    ],
)
def test_a_visit_rings_with_the_sure_frame_that_completes_the_rule(
    near: list[float], rule: Rule, after: int | None
) -> None:
    assert confirmed_at(near, rule) == after


@given(near_frames, st.sampled_from(RULES))
def test_nothing_rings_without_a_frame_that_does(near: list[float], rule: Rule) -> None:
    if not any(one >= 1 for one in near):
        assert confirmed_at(near, rule) is None


@given(near_frames.filter(lambda near: len(near) > 3))
def test_a_stricter_rule_never_rings_sooner(near: list[float]) -> None:
    loose, strict = confirmed_at(near, Rule(2, 4, 0.9)), confirmed_at(near, Rule(3, 4, 0.95))
    assert strict is None or (loose is not None and loose <= strict)


@given(near_frames.filter(lambda near: len(near) > 5), st.sampled_from(RULES))
def test_the_rules_that_are_tried_are_those_that_stations_go_by(
    near: list[float], rule: Rule
) -> None:
    station = Confirmation(needed=rule.needed, out_of=rule.out_of, vouches_from=rule.vouches_from)
    opened_at = None
    for number, one in enumerate(near, 1):
        elephants = int(one >= 1)
        at = DUSK + timedelta(seconds=number)
        believed = station.saw(elephants, at, nearly=min(one, 0.999))
        if opened_at is None and believed and elephants:
            opened_at = number

    assert opened_at == confirmed_at(near, rule)


def test_the_rule_that_releases_are_judged_by_is_what_a_station_does_untold() -> None:
    untold = ConfirmationSettings()

    assert Rule(untold.needed, untold.out_of, untold.vouches_from) == STATION_RULE


def test_the_best_rule_is_the_one_that_rings_least_for_nothing() -> None:
    visits = [
        Visit(is_elephant=True, nearness=(0.9, 1.2, 0.0, 1.3)),
        Visit(is_elephant=True, nearness=(1.2, 0.0, 0.0, 0.0)),
        Visit(is_elephant=False, nearness=(0.0, 1.1, 0.0, 0.7)),
    ]

    best = try_rules(visits, [Rule(1, 1), Rule(2, 4), Rule(2, 4, 0.9), Rule(2, 4, 0.8)])

    assert [str(one.rule) for one in best] == [
        "2 of 4 from 90%",
        "2 of 4 from 80%",
        "2 of 4 from 100%",
        "1 of 1 from 100%",
    ]
    assert [(one.found.hits, one.false.hits, one.mean_frames) for one in best] == [
        (1, 0, 2),
        (1, 0, 2),
        (1, 0, 4),
        (2, 1, 1.5),
    ]
