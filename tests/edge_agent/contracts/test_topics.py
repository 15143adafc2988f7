import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from edge_agent.contracts import topics
from edge_agent.contracts.topics import (
    FROM_STATIONS,
    MEDIA,
    STATION_ID_PATTERN,
    STORED,
    TO_STATIONS,
    Address,
    Topic,
    address_of,
)

names = st.from_regex(STATION_ID_PATTERN.replace("$", r"\Z"))
from_stations = st.sampled_from(FROM_STATIONS)


def full_topic(topic: Topic, site: str, station: str) -> tuple[str, str | None]:
    rest = "ab" * 32 if topic.has_rest else None
    return topic.of(site, station, rest), rest


@given(from_stations, names, names)
def test_every_topic_leads_back_to_who_spoke(topic: Topic, site: str, station: str) -> None:
    name, rest = full_topic(topic, site, station)

    assert address_of(name) == Address(site, station, topic, rest)


@given(from_stations, names, names)
def test_the_server_hears_exactly_the_kind_it_listens_to(
    topic: Topic, site: str, station: str
) -> None:
    name, _ = full_topic(topic, site, station)

    heard = [t for t in (*FROM_STATIONS, *TO_STATIONS) if topic_matches_sub(t.every_station, name)]

    assert heard == [topic]


@given(names, names)
def test_what_the_server_says_comes_from_no_station(site: str, station: str) -> None:
    for topic in TO_STATIONS:
        assert address_of(topic.of(site, station)) is None


@given(st.text(max_size=120))
def test_arbitrary_text_is_an_address_or_none(text: str) -> None:
    address = address_of(text)

    assert address is None or text.startswith("trunkline/v1/")


@pytest.mark.parametrize(
    "topic",
    [
        "trunkline/v1/site/station/detections/more",
        "trunkline/v1/site/station/media",
        "trunkline/v1/site/station/media/a/b",
        "trunkline/v1/site/+/detections",
        "trunkline/v1/site/#/detections",
        "trunkline/v1//station/detections",
        "trunkline/v1/Site/station/detections",
        "trunkline/v1/site/station-/detections",
        "trunkline/v2/site/station/detections",
        "trunkline/v1/site/station/detections\n",
    ],
)
def test_almost_a_topic_is_none(topic: str) -> None:
    assert address_of(topic) is None


def test_two_stations_never_share_a_topic() -> None:
    assert STORED.of("a", "b") != STORED.of("a-b", "b")
    assert not topic_matches_sub(topics.everything_of("a", "b"), MEDIA.of("a", "bc", "d"))


@given(names, names)
def test_the_server_knows_its_own_voice(site: str, station: str) -> None:
    own = [topics.site_alerts(site), *(topic.of(site, station) for topic in TO_STATIONS)]

    assert all(topics.is_said_by_server(topic) for topic in own)
    assert not any(
        topics.is_said_by_server(full_topic(topic, site, station)[0]) for topic in FROM_STATIONS
    )
