from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox, box_around

fractions = st.floats(0, 0.5)
boxes = st.builds(BoundingBox, fractions, fractions, st.floats(0.001, 0.5), st.floats(0.001, 0.5))


@given(boxes, boxes)
def test_overlap_does_not_depend_on_who_asks(one: BoundingBox, other: BoundingBox) -> None:
    assert abs(one.iou(other) - other.iou(one)) < 1e-9
    assert 0 <= one.iou(other) <= 1 + 1e-9


def test_half_a_box_overlaps_it_by_half() -> None:
    whole = BoundingBox(0.2, 0.2, 0.4, 0.4)
    left_half = BoundingBox(0.2, 0.2, 0.2, 0.4)

    assert abs(whole.iou(left_half) - 0.5) < 1e-9


def test_neighbours_that_touch_do_not_overlap() -> None:
    assert BoundingBox(0, 0, 0.5, 1).iou(BoundingBox(0.5, 0, 0.5, 1)) == 0


def test_an_animal_within_a_hundredth_of_the_edge_may_go_on_beyond_it() -> None:
    assert BoundingBox(0.3, 0.3, 0.2, 0.695).touches_edge()
    assert not BoundingBox(0.3, 0.3, 0.2, 0.68).touches_edge()


@given(st.lists(boxes, min_size=1, max_size=5))
def test_a_box_around_holds_every_corner(several: list[BoundingBox]) -> None:
    joint = box_around(several)

    for box in several:
        assert joint.left <= box.left
        assert joint.top <= box.top
        assert joint.right >= box.right - 1e-9
        assert joint.bottom >= box.bottom - 1e-9
