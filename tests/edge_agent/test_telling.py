from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox, Detection, Label
from edge_agent.contracts.ids import uuid7
from edge_agent.contracts.messages import (
    MAX_ANIMALS,
    DetectionMessage,
    body_sha256,
    read_message,
)
from edge_agent.looking import Look
from edge_agent.sightings import Sighting
from edge_agent.telling import tell
from edge_agent.tracking.tracker import Track
from tests.edge_agent.builders import DUSK, a_look, a_person, an_elephant

fractions = st.floats(0, 1)


def told_of(look: Look) -> DetectionMessage:
    message, _ = tell(Sighting(uuid7(), 1, look), "ridge-1", simulated=True)
    return message


def a_look_with(*elephants: Detection, others: tuple[Detection, ...] = ()) -> Look:
    look = a_look()
    return Look(
        captured_at=DUSK,
        pixels=look.pixels,
        lighting=look.lighting,
        release=look.release,
        threshold=look.threshold,
        elephants=elephants,
        others=others,
        people=(),
    )


def test_the_message_names_its_picture_and_what_else_was_seen() -> None:
    person = a_person(BoundingBox(0.6, 0.5, 0.1, 0.3))
    look = a_look_with(an_elephant(), others=(person,))

    message, picture = tell(Sighting(uuid7(), 3, look), "ridge-1", simulated=True)

    assert picture is not None
    assert message.media_sha256 == body_sha256(picture)
    assert [animal.label for animal in message.animals] == ["elephant", "person"]
    assert (message.revision, message.simulated) == (3, True)


def test_the_message_says_how_many_until_when_and_where_they_go() -> None:
    first, last = BoundingBox(0.1, 0.3, 0.2, 0.3), BoundingBox(0.3, 0.3, 0.2, 0.3)
    track = Track(7, first, last, DUSK, hits=4)
    look = a_look_with(an_elephant(), others=(a_person(first),))
    sighting = Sighting(
        uuid7(), 4, look, count=3, last_seen_at=DUSK, tracks=(track,), shows_anew=False, ended=True
    )

    message, picture = tell(sighting, "ridge-1", simulated=True)

    assert [(a.track, a.moving) for a in message.animals] == [(7, "right"), (None, None)]
    assert (message.count, message.last_seen_at, message.ended) == (3, DUSK, True)
    assert picture is None
    assert message.media_sha256, "the server has it from the revision before"


def test_a_herd_beyond_counting_is_cut_but_told() -> None:
    look = a_look_with(*[an_elephant()] * 100)

    assert len(told_of(look).animals) == MAX_ANIMALS


@given(fractions, fractions, fractions, fractions, fractions)
def test_whatever_box_the_network_gives_the_server_can_read(
    left: float, top: float, width: float, height: float, confidence: float
) -> None:
    odd = Detection(Label.ELEPHANT, confidence, BoundingBox(left, top, width, height))

    message = told_of(a_look_with(an_elephant(), odd))

    assert read_message(DetectionMessage, message.to_body()) == message
