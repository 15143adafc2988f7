from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api.tuning.wishes import masks_in, threshold_in, with_masks, with_threshold
from edge_agent.contracts.configuration import Tunables

ZONE = [[0.1, 0.1], [0.2, 0.1], [0.2, 0.2]]
LIGHTS = st.sampled_from(["day", "night_ir", "thermal"])
SETTINGS = st.sampled_from(
    [
        {},
        {"confirmation": {"needed": 3}},
        {"thresholds": {"day": 0.6}},
        {"cameras": {"a": {"exclude": [ZONE], "thresholds": {"thermal": 0.5}}}},
        {
            "profiles": [
                {"name": "moths", "hours": [18, 23], "change": {"confirmation": {"needed": 4}}}
            ]
        },
    ]
)


@given(SETTINGS, LIGHTS, st.floats(0.05, 0.95), st.booleans())
def test_what_was_before_can_be_put_back(
    settings: dict[str, Any], light: str, value: float, is_only: bool
) -> None:
    before = threshold_in(settings, "b", light)

    changed = with_threshold(settings, "b", light, value, is_only=is_only)

    assert threshold_in(changed, "b", light) == value
    back = with_threshold(changed, "b", light, before if is_only else None, is_only=is_only)
    assert back == settings
    Tunables().changed(changed)


@given(SETTINGS, LIGHTS)
def test_masks_come_and_go_without_a_trace(settings: dict[str, Any], light: str) -> None:
    changed = with_masks(settings, "a", light, [ZONE])

    assert masks_in(changed, "a", light) == [ZONE]
    assert with_masks(changed, "a", light, None) == settings
    assert Tunables().changed(changed).profiles[0].lighting == (light,)


def test_a_mask_by_night_leaves_the_day_alone() -> None:
    counts = Tunables().changed(with_masks({}, "a", "night_ir", [ZONE]))

    by_light = {p.lighting: counts.seeing_by(p).cameras["a"].exclude for p in counts.profiles}

    assert list(by_light) == [("night_ir",)]
    assert "a" not in counts.seeing_by(None).cameras
