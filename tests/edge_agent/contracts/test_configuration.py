from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.contracts.configuration import Tunables, TuningError, merged
from edge_agent.contracts.messages import Lighting

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)

KEYS = sorted(Tunables.model_fields)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(KEYS), inner),
    max_leaves=6,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), ANYTHING))
def test_whatever_is_desired_is_refused_or_can_be_told_again(wish: dict[str, Any]) -> None:
    with suppress(TuningError):
        counts = Tunables().changed(wish)
        assert Tunables().changed(counts.model_dump(mode="json")) == counts


def test_a_table_is_changed_key_by_key_and_null_is_as_it_was() -> None:
    before = Tunables().changed({"confirmation": {"needed": 1, "out_of": 3}})

    after = before.changed({"confirmation": {"out_of": 5, "needed": None}})

    assert (after.confirmation.needed, after.confirmation.out_of) == (1, 5)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"confimation": {}}, "unknown key confimation"),
        ({"confirmation": {"needed": 5}}, "5 of 4 frames can never be seen"),
        ({"thresholds": {"dusk": 0.4}}, "thresholds.dusk"),
        ({"thresholds": {"day": 1.5}}, "thresholds.day: Input should be less than 1"),
        ({"budgets": {"health_every_s": 0}}, "budgets.health_every_s"),
        ({"cameras": {"a": {"exclude": [[[0, 0], [1, 1]]]}}}, "cameras.a.exclude.0"),
        ({"cameras": {"a": {"looks_deg": 400}}}, "cameras.a.looks_deg"),
        ({"profiles": [{"name": "n", "change": {}}]}, "neither hours nor lighting"),
        (
            {"profiles": [{"name": "n", "hours": [1, 2], "change": {"broker": {}}}]},
            "profile n: unknown key broker",
        ),
        (
            {
                "profiles": [
                    {"name": "n", "hours": [1, 2], "change": {"confirmation": {"needed": 9}}}
                ]
            },
            "profile n: confirmation: 9 of 4 frames",
        ),
    ],
)
def test_a_mistake_is_named(wish: dict[str, Any], words: str) -> None:
    with pytest.raises(TuningError, match=words.replace(".", r"\.")):
        Tunables().changed(wish)


def test_night_hours_go_over_midnight_in_the_stations_own_time() -> None:
    night = {"name": "night", "hours": [18, 6], "change": {"thresholds": {"night_ir": 0.3}}}
    there = Tunables().changed({"profiles": [night], "utc_offset_h": 8})

    assert there.profile_at(NOON, None) is not None, "20:00 there"
    assert there.profile_at(MIDNIGHT, None) is None, "8:00 there"


def test_where_two_profiles_fit_the_last_counts_alone() -> None:
    light = {
        "name": "infrared",
        "lighting": ["night_ir"],
        "change": {"confirmation": {"needed": 3}},
    }
    hours = {"name": "noon", "hours": [11, 13], "change": {"thresholds": {"night_ir": 0.3}}}
    both = Tunables().changed({"profiles": [light, hours]})

    profile = both.profile_at(NOON, Lighting.NIGHT_IR)

    assert profile is not None
    seeing = both.seeing_by(profile)
    assert (seeing.confirmation.needed, seeing.thresholds) == (2, {Lighting.NIGHT_IR: 0.3})
    assert both.profile_at(MIDNIGHT, Lighting.NIGHT_IR) != profile
    assert both.profile_at(MIDNIGHT, None) is None, "not before the light is known"


def test_merging_changes_neither_side() -> None:
    under: dict[str, Any] = {"a": {"b": 1}, "c": [1]}
    over: dict[str, Any] = {"a": {"d": 2}, "c": [2], "e": {"f": 3}}

    assert merged(under, over) == {"a": {"b": 1, "d": 2}, "c": [2], "e": {"f": 3}}
    assert (under, over) == ({"a": {"b": 1}, "c": [1]}, {"a": {"d": 2}, "c": [2], "e": {"f": 3}})
