import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox, Detection
from edge_agent.tracking.distinct import cover, distinct
from tests.edge_agent.builders import an_elephant

fractions = st.floats(0, 1)


def seen(confidence: float, left: float, top: float, width: float, height: float) -> Detection:
    return an_elephant(confidence, BoundingBox(left, top, width, height))


@pytest.mark.parametrize(
    ("mother", "other", "animals"),
    [
        ((0.24, 0.33, 0.19, 0.31), (0.33, 0.50, 0.11, 0.15), 2),
        ((0.33, 0.47, 0.15, 0.19), (0.33, 0.50, 0.11, 0.15), 1),
        ((0.13, 0.34, 0.19, 0.34), (0.19, 0.49, 0.20, 0.20), 2),
        ((0.10, 0.30, 0.20, 0.30), (0.11, 0.31, 0.20, 0.30), 1),
    ],
    ids=["a calf before its mother", "a calf seen twice", "two that touch", "one seen twice"],
)
def test_what_was_seen_twice_is_counted_once(
    mother: tuple[float, float, float, float],
    other: tuple[float, float, float, float],
    animals: int,
) -> None:
    """The first three are boxes that elephant-0.1 made on the drill footage."""
    assert len(distinct([seen(0.8, *mother), seen(0.7, *other)])) == animals


def test_the_surer_box_of_an_animal_is_kept() -> None:
    doubtful, sure = seen(0.6, 0.1, 0.3, 0.2, 0.3), seen(0.9, 0.11, 0.3, 0.2, 0.3)

    assert distinct([doubtful, sure]) == (sure,)


@given(st.lists(st.tuples(fractions, fractions, fractions, fractions, fractions), max_size=8))
def test_whatever_the_boxes_the_surest_stays_and_nothing_is_made_up(
    boxes: list[tuple[float, float, float, float, float]],
) -> None:
    detections = [seen(*box) for box in boxes]

    kept = distinct(detections)

    assert set(kept) <= set(detections)
    assert not detections or max(d.confidence for d in detections) == kept[0].confidence


@given(fractions, fractions, fractions, fractions)
def test_a_box_covers_itself(left: float, top: float, width: float, height: float) -> None:
    box = BoundingBox(left, top, width, height)

    assert cover(box, box) == pytest.approx(1, abs=1e-3) or box.area < 1e-9
