import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.broker.access import (
    ServerUser,
    StationUser,
    may_publish,
    may_receive,
    may_subscribe,
    station_of,
    station_username,
)
from edge_agent.contracts.topics import (
    DETECTIONS,
    MEDIA,
    STORED,
    everything_of,
    site_alerts,
)

RIDGE = StationUser("valley", "ridge")


@pytest.mark.parametrize(
    ("topic", "speaks", "hears"),
    [
        (DETECTIONS.of("valley", "ridge"), True, False),
        (MEDIA.of("valley", "ridge", "ab"), True, False),
        (STORED.of("valley", "ridge"), False, True),
        (site_alerts("valley"), False, True),
        (DETECTIONS.of("valley", "ford"), False, False),
        (STORED.of("valley", "ford"), False, False),
        (DETECTIONS.of("hills", "ridge"), False, False),
        (site_alerts("hills"), False, False),
        ("trunkline/v1/valley/ridge/gossip", False, False),
    ],
)
def test_a_station_speaks_up_and_hears_down(topic: str, speaks: bool, hears: bool) -> None:
    assert (may_publish(RIDGE, topic), may_receive(RIDGE, topic)) == (speaks, hears)


@given(
    st.lists(st.sampled_from(["trunkline", "v1", "valley", "ford", "ridge", "+", "#", "$share"]))
)
def test_no_filter_lets_a_station_hear_another(levels: list[str]) -> None:
    topic_filter = "/".join(levels)

    if may_subscribe(RIDGE, topic_filter):
        assert topic_filter in {everything_of("valley", "ridge"), site_alerts("valley")}


def test_the_server_speaks_and_hears_everywhere() -> None:
    assert may_publish(ServerUser(), STORED.of("valley", "ridge"))
    assert may_subscribe(ServerUser(), "trunkline/v1/#")


def test_a_station_is_called_by_site_and_name() -> None:
    assert station_of(station_username("valley", "ridge")) == RIDGE


@pytest.mark.parametrize("username", ["", "ridge", ".ridge", "valley."])
def test_other_names_are_no_station(username: str) -> None:
    assert station_of(username) is None
