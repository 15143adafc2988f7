from typing import Any

import pytest

from api.fleet.rules import Difference, check_settings, differences, next_version
from edge_agent.contracts.configuration import Tunables, TuningError


def test_a_key_that_no_station_has_is_refused_before_it_is_told() -> None:
    with pytest.raises(TuningError, match="unknown key threshold"):
        check_settings({"threshold": {}}, None)


def test_a_change_that_only_fits_this_station_s_own_file_is_let_through() -> None:
    wish = {"confirmation": {"needed": 6}}
    its_own = Tunables().changed({"confirmation": {"out_of": 8}}).model_dump(mode="json")

    check_settings(wish, its_own)

    with pytest.raises(TuningError, match="6 of 4 frames"):
        check_settings(wish, None)


@pytest.mark.parametrize(
    ("desired", "effective", "found"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [Difference("a.b", 1, 2)]),
        ({"a": {"b": None}}, {"a": {"b": 2}}, []),
        ({"new": 1}, {}, [Difference("new", 1, None)]),
        ({"list": [1, 2]}, {"list": [1]}, [Difference("list", [1, 2], [1])]),
    ],
    ids=["as desired", "another value", "as in the file", "unknown there", "a list"],
)
def test_only_what_was_desired_can_differ(
    desired: dict[str, Any], effective: dict[str, Any], found: list[Difference]
) -> None:
    assert differences(desired, effective) == found


def test_a_version_is_newer_than_any_that_the_station_has_answered() -> None:
    assert next_version(None, None) == 1
    assert next_version(3, 1) == 4
    assert next_version(None, 7) == 8, "the database was lost, the station remembers"
