from collections.abc import Iterable
from datetime import timedelta

import pytest

from detector.detection import BoundingBox
from edge_agent.tracking.heading import Heading, heading_of
from edge_agent.tracking.tracker import MOST_TRACKS, Track, Tracker
from tests.edge_agent.builders import DUSK, an_elephant


def follow(tracker: Tracker, *boxes: BoundingBox, after_s: float = 0) -> tuple[Track, ...]:
    at = DUSK + timedelta(seconds=after_s)
    return tracker.follow([an_elephant(box=box) for box in boxes], at)


def walk(boxes: Iterable[BoundingBox]) -> Track:
    """Follow one animal, a frame a second; return its track at the end."""
    tracker = Tracker()
    for second, box in enumerate(boxes):
        (track,) = follow(tracker, box, after_s=second)
    return track


def at(left: float, top: float = 0.4, width: float = 0.2, height: float = 0.2) -> BoundingBox:
    return BoundingBox(left, top, width, height)


def test_two_that_pass_each_other_keep_their_numbers() -> None:
    tracker = Tracker()
    met = []
    for step in range(9):
        right, left = at(0.08 * step, top=0.2), at(0.7 - 0.08 * step, top=0.5)
        met.append(tuple(t.number for t in follow(tracker, right, left, after_s=step)))

    assert set(met) == {(1, 2)}


def test_a_slow_camera_sees_it_beside_where_it_was() -> None:
    tracker = Tracker()
    follow(tracker, at(0.1))

    (track,) = follow(tracker, at(0.28), after_s=5)

    assert (track.number, track.hits) == (1, 2)


def test_the_other_end_of_the_frame_is_another_animal() -> None:
    tracker = Tracker()
    follow(tracker, at(0.0))

    (track,) = follow(tracker, at(0.8), after_s=1)

    assert track.number == 2


def test_a_calf_does_not_take_its_mothers_number() -> None:
    tracker = Tracker()
    follow(tracker, at(0.3, width=0.3, height=0.4))

    calf, mother = follow(
        tracker, at(0.35, top=0.6, width=0.1, height=0.1), at(0.32, width=0.3, height=0.4)
    )

    assert (calf.number, mother.number) == (2, 1)


@pytest.mark.parametrize("later_s", [30, -3600], ids=["long ago", "a clock that is set back"])
def test_what_left_is_not_waited_for(later_s: float) -> None:
    tracker = Tracker(forgotten_after=timedelta(seconds=20))
    follow(tracker, at(0.3))

    assert not tracker.knows(at(0.3), DUSK + timedelta(seconds=later_s))
    (track,) = follow(tracker, at(0.3), after_s=later_s)
    assert track.number == 2


def test_a_night_of_flicker_fills_no_memory() -> None:
    tracker = Tracker(forgotten_after=timedelta(days=1))
    for step in range(400):
        follow(tracker, at(0.2 + 0.6 * (step % 2), width=0.01 * (1 + step % 3 * 5)), after_s=step)

    assert len(tracker._tracks) <= MOST_TRACKS + 1


@pytest.mark.parametrize(
    ("boxes", "heading"),
    [
        ([at(0.1 + 0.05 * i) for i in range(4)], Heading.RIGHT),
        ([at(0.6 - 0.05 * i) for i in range(4)], Heading.LEFT),
        ([at(0.3, height=0.2 + 0.04 * i) for i in range(4)], Heading.TOWARDS),
        ([at(0.3, height=0.4 - 0.05 * i) for i in range(4)], Heading.AWAY),
        ([at(0.3 + 0.01 * i) for i in range(4)], None),
        ([at(0.1), at(0.25)], None),
        ([at(0.0, height=0.2 + 0.04 * i) for i in range(4)], None),
    ],
    ids=["right", "left", "towards", "away", "grazing", "two frames tell nothing", "coming in"],
)
def test_where_it_goes(boxes: list[BoundingBox], heading: Heading | None) -> None:
    assert heading_of(walk(boxes)) is heading
