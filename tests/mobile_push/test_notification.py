import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_push.notification import Notice, State, direction_of, payload_of, push_message_for
from mobile_push.phrases import languages
from mobile_push.push_message import MAX_PAYLOAD_BYTES

DUSK = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def a_notice(**changes: Any) -> Notice:
    ordinary = Notice(
        delivery_id="0198c5d0-1111-7000-8000-000000000001",
        alert_id="0198c5d0-2222-7000-8000-000000000002",
        token="0" * 64,
        level="warning",
        state="raised",
        geofence="Mengman",
        count=3,
        distance_m=1240.0,
        bearing_deg=311.0,
        captured_at=DUSK,
        simulated=False,
        language="en",
    )
    return replace(ordinary, **changes)


def said(**changes: Any) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(payload_of(a_notice(**changes), DUSK))
    return payload


def test_a_warning_says_how_many_how_far_and_which_way() -> None:
    payload = said()

    assert payload["title"] == "Warning: elephants near Mengman"
    assert payload["body"] == "3 elephants, 1.2 km to the north-west"
    assert [action["action"] for action in payload["actions"]] == ["seen", "on_my_way"]
    assert payload["url"] == "/app/#/alert/0198c5d0-2222-7000-8000-000000000002"


@pytest.mark.parametrize(("language", "word"), [("en", "DRILL"), ("zh-CN", "演习")])
@pytest.mark.parametrize("state", ["raised", "acknowledged", "all_clear", "retracted"])
def test_a_drill_says_so_before_anything_else(language: str, word: str, state: State) -> None:
    assert said(simulated=True, language=language, state=state)["title"].startswith(word)
    assert word not in said(simulated=False, language=language, state=state)["title"]


def test_one_elephant_inside_is_not_one_elephants_at_0_m() -> None:
    assert said(count=1, distance_m=0.0)["body"] == "1 elephant, inside the area"
    assert said(distance_m=0.4)["body"].endswith("10 m to the north-west")


def test_an_uncounted_herd_is_not_0_elephants() -> None:
    assert said(count=0)["body"].startswith("Elephants, ")


def test_somebody_has_answered_comes_without_a_second_buzz() -> None:
    payload = said(state="acknowledged")

    assert payload["renotify"] is False
    assert payload["actions"] == []


def test_a_chinese_phone_that_says_only_zh_is_understood() -> None:
    payload = said(language="zh")

    assert payload["lang"] == "zh-CN"
    assert payload["body"] == "3头野象，西北方向1.2公里"


def test_news_dies_on_its_way_when_it_is_old() -> None:
    five_minutes_later = DUSK + timedelta(minutes=5)

    assert push_message_for(a_notice(), five_minutes_later).ttl_s == 600
    assert push_message_for(a_notice(), DUSK + timedelta(hours=1)).ttl_s == 0
    assert push_message_for(a_notice(), DUSK - timedelta(days=1)).ttl_s == 900


def test_the_all_clear_replaces_a_warning_that_waits_for_the_phone() -> None:
    raised = push_message_for(a_notice(), DUSK)
    cleared = push_message_for(a_notice(state="all_clear", delivery_id="another"), DUSK)
    other = push_message_for(a_notice(alert_id="another"), DUSK)

    assert raised.topic == cleared.topic != other.topic
    assert raised.urgency == "high"


@given(
    name=st.text(max_size=2000),
    language=st.sampled_from(languages()) | st.text(max_size=10),
    distance_m=st.floats(0, 1e6),
    bearing_deg=st.floats(-720, 720),
    count=st.integers(0, 200),
)
def test_every_notice_fits_a_push_message(
    name: str, language: str, distance_m: float, bearing_deg: float, count: int
) -> None:
    notice = a_notice(
        geofence=name,
        language=language,
        distance_m=distance_m,
        bearing_deg=bearing_deg,
        count=count,
    )

    assert len(push_message_for(notice, DUSK).payload) <= MAX_PAYLOAD_BYTES


@pytest.mark.parametrize(
    ("bearing_deg", "direction"),
    [
        (0, "n"),
        (22, "n"),
        (23, "ne"),
        (180, "s"),
        (338, "n"),
        (-90, "w"),
        (359.9, "n"),
        (405, "ne"),
    ],
)
def test_directions_go_round(bearing_deg: float, direction: str) -> None:
    assert direction_of(bearing_deg) == direction
