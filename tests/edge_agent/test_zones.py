import pytest

from detector.detection import BoundingBox
from edge_agent.zones import mask_of, stands_in

ROAD = ((0.0, 0.7), (1.0, 0.6), (1.0, 0.8), (0.0, 0.9))


@pytest.mark.parametrize(
    ("box", "stands"),
    [
        (BoundingBox(0.4, 0.3, 0.2, 0.45), True),
        (BoundingBox(0.4, 0.3, 0.2, 0.2), False),
        (BoundingBox(0.3, 0.5, 0.4, 0.5), False),
    ],
    ids=["on the road", "behind it", "in front of it, covering it"],
)
def test_an_animal_is_where_its_feet_are(box: BoundingBox, stands: bool) -> None:
    assert stands_in(box, [ROAD]) is stands


def test_a_mask_covers_its_part_of_the_view_and_nothing_else() -> None:
    left_half = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))

    mask = mask_of(left_half, width_px=41, height_px=10)

    assert mask[:, :20].all()
    assert not mask[:, 21:].any()
