import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.contracts.configuration import ReportedConfig
from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import (
    MAX_BODY_BYTES,
    MAX_MEDIA_BYTES,
    AlertNotice,
    DetectionMessage,
    HealthMessage,
    Lighting,
    Message,
    SeenAnimal,
    StatusMessage,
    StorageReceipt,
    body_sha256,
    read_media,
    read_message,
)
from edge_agent.contracts.updates import UpdateReport

KINDS: list[type[Message]] = [
    DetectionMessage,
    StatusMessage,
    HealthMessage,
    StorageReceipt,
    AlertNotice,
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
sizes = st.floats(0.001, 0.5)


def a_sighting() -> dict[str, object]:
    moment = "2026-11-22T11:30:00Z"
    return {
        "id": str(uuid7()),
        "deployment_id": "ridge-1",
        "captured_at": moment,
        "sent_at": moment,
        "lighting": "night_ir",
        "release": "elephant-0.1",
        "threshold": 0.35,
        "animals": [{"label": "elephant", "confidence": 0.8, "box": [0.1, 0.2, 0.3, 0.4]}],
    }


def read(**changes: object) -> DetectionMessage:
    return read_message(DetectionMessage, json.dumps({**a_sighting(), **changes}).encode())


@pytest.mark.parametrize("kind", KINDS)
@given(body=st.binary(max_size=300) | anything.map(lambda v: json.dumps(v).encode()))
def test_arbitrary_bytes_are_a_message_or_unreadable(kind: type[Message], body: bytes) -> None:
    try:
        message = read_message(kind, body)
    except UnreadableMessageError:
        return
    assert isinstance(message, kind)


@given(st.sampled_from(sorted(a_sighting())), anything)
def test_one_odd_field_is_read_or_unreadable(name: str, value: object) -> None:
    try:
        message = read(**{name: value})
    except UnreadableMessageError:
        return
    assert message.animals


@given(sizes, sizes, sizes, sizes, st.floats(0, 1), st.sampled_from(Lighting))
def test_a_sighting_is_read_as_it_was_written(
    left: float, top: float, width: float, height: float, confidence: float, lighting: Lighting
) -> None:
    animal = SeenAnimal(label="elephant", confidence=confidence, box=(left, top, width, height))
    now = datetime.now(UTC)
    message = DetectionMessage(
        id=uuid7(),
        deployment_id="ridge-1",
        captured_at=now,
        sent_at=now,
        lighting=lighting,
        release="elephant-0.1",
        threshold=0.35,
        animals=(animal,),
    )

    assert read_message(DetectionMessage, message.to_body()) == message


def test_a_field_of_the_future_is_ignored() -> None:
    assert read(colour="grey").revision == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"captured_at": "2026-11-22T11:30:00"}, "captured_at"),
        ({"animals": []}, "animals"),
        ({"revision": 0}, "revision"),
        ({"threshold": 1.5}, "threshold"),
        ({"id": "7"}, "id"),
        ({"media_sha256": "AB" * 32}, "media_sha256"),
        ({"deployment_id": ""}, "deployment_id"),
        ({"deployment_id": "ridge\x001"}, "deployment_id"),
        ({"release": "\x00"}, "release"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(UnreadableMessageError, match=f"first {words}"):
        read(**changes)


REPORTS: dict[type[Message], dict[str, Any]] = {
    UpdateReport: {"at": "2026-11-22T11:30:00Z", "running": "first"},
    ReportedConfig: {
        "at": "2026-11-22T11:30:00Z",
        "answered_version": 1,
        "outcome": "applied",
        "version": 1,
    },
}


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (UpdateReport, "reason", "\x00"),
        (UpdateReport, "figures", {"p95_ms": float("nan")}),
        (UpdateReport, "figures", {"p95_ms": float("inf")}),
        (ReportedConfig, "reason", "a\x00b"),
        (ReportedConfig, "effective", {"camera": [{"fps": float("-inf")}]}),
    ],
)
def test_what_no_database_can_keep_is_no_message(
    kind: type[Message], field: str, value: object
) -> None:
    assert read_message(kind, json.dumps(REPORTS[kind]).encode())
    with pytest.raises(UnreadableMessageError, match=field):
        read_message(kind, json.dumps(REPORTS[kind] | {field: value}).encode())


@pytest.mark.parametrize(
    "box",
    [[0.9, 0.1, 0.2, 0.1], [0.1, 0.1, 0, 0.1], [-0.1, 0, 0.5, 0.5], [0.1, 0.1, 0.1]],
    ids=["out of the frame", "empty", "negative", "three numbers"],
)
def test_a_box_that_cannot_be_is_refused(box: list[float]) -> None:
    with pytest.raises(UnreadableMessageError, match="animals"):
        read(animals=[{"label": "elephant", "confidence": 0.8, "box": box}])


def test_a_body_too_large_is_not_even_parsed() -> None:
    with pytest.raises(UnreadableMessageError, match="more than"):
        read_message(StatusMessage, b" " * (MAX_BODY_BYTES + 1))


def test_a_picture_must_be_the_one_its_topic_names() -> None:
    picture = b"a picture"

    assert read_media(body_sha256(picture), picture) == picture
    with pytest.raises(UnreadableMessageError, match="not the one"):
        read_media(body_sha256(b"another"), picture)
    with pytest.raises(UnreadableMessageError, match="are allowed"):
        read_media("", bytes(MAX_MEDIA_BYTES + 1))
