from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidError
from api.replay.megadetector import scores_in
from api.replay.rules import Kept, Looking, Side, inside, replay
from edge_agent.contracts.configuration import Tunables
from tests.api.world import DUSK

STUMP = [[0.25, 0.75], [0.35, 0.75], [0.35, 0.85], [0.25, 0.85]]


def kept(score: float, **changes: Any) -> Kept:
    fields: dict[str, Any] = {
        "key": "1",
        "kind": "event",
        "deployment_id": "ridge-1",
        "lighting": "night_ir",
        "captured_at": DUSK,
        "score": score,
        "threshold": 0.4,
        "foot": (0.3, 0.8),
        "is_elephant": None,
        "media_sha256": "aa",
    }
    return Kept(**fields | changes)


def under(settings: dict[str, Any]) -> Side:
    return Side(Looking(Tunables().changed(settings)))


NOW = under({})


def test_a_stricter_threshold_loses_what_lies_between() -> None:
    after = under({"thresholds": {"night_ir": 0.6}})
    seen = [kept(0.5, is_elephant=True), kept(0.7, is_elephant=False), kept(0.3)]

    outcome = replay(seen, NOW, after)

    assert (outcome.before.elephants, outcome.after.elephants) == (1, 0)
    assert (outcome.before.others, outcome.after.others) == (1, 1)
    assert [(d.is_told, d.why) for d in outcome.differences] == [(False, "threshold")]


def test_a_milder_threshold_gains_samples_by_what_they_stand_for() -> None:
    sample = kept(0.3, kind="sample", is_elephant=True, stands_for=20.0)

    outcome = replay(
        [sample], NOW, under({"cameras": {"ridge-1": {"thresholds": {"night_ir": 0.2}}}})
    )

    assert (outcome.before.elephants, outcome.after.elephants) == (0, 20)


def test_a_night_mask_hides_the_stump_by_night_alone() -> None:
    profile = {
        "name": "masks-night_ir",
        "lighting": ["night_ir"],
        "change": {"cameras": {"ridge-1": {"exclude": [STUMP]}}},
    }
    seen = [kept(0.5), kept(0.5, lighting="day"), kept(0.5, foot=(0.7, 0.8))]

    outcome = replay(seen, NOW, under({"profiles": [profile]}))

    assert [(d.kept.lighting, d.why) for d in outcome.differences] == [("night_ir", "mask")]


def test_a_release_that_has_not_seen_a_picture_says_nothing_of_it() -> None:
    after = Side(NOW.looking, lambda each: {"aa": 0.2}.get(each.media_sha256 or ""))

    outcome = replay([kept(0.5), kept(0.5, media_sha256="bb")], NOW, after)

    assert (outcome.before.unknown, outcome.after.unknown) == (1, 0)
    assert outcome.differences[0].why == "score"


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_a_point_is_in_a_rectangle_as_its_sides_say(x: float, y: float) -> None:
    corners = ((0.25, 0.75), (0.35, 0.75), (0.35, 0.85), (0.25, 0.85))

    assert inside((x, y), corners) == (0.25 <= x < 0.35 and 0.75 <= y < 0.85)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_a_sentence(data: bytes) -> None:
    with pytest.raises(InvalidError):
        scores_in(data)


def test_a_picture_that_failed_has_no_score() -> None:
    batch = b"""{"info": {"detector": "new"},
      "detection_categories": {"1": "elephant", "2": "person"},
      "images": [{"file": "p/aa.jpg", "detections": [{"category": "1", "conf": 0.7},
        {"category": "2", "conf": 0.9}]}, {"file": "p/bb.jpg", "detections": []},
        {"file": "p/cc.jpg", "detections": null, "failure": "broken"}]}"""

    assert scores_in(batch) == ({"aa": 0.7, "bb": 0.0}, "new")
