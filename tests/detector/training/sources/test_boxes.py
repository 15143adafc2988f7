import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox
from detector.training.sources.boxes import (
    Numbers,
    from_camtrap_dp,
    from_coco,
    from_megadetector,
    from_yolo,
    to_camtrap_dp,
    to_coco,
    to_megadetector,
    to_yolo,
    within_frame,
)

shares = st.floats(0, 1, allow_nan=False)
sizes = st.floats(1e-4, 1, allow_nan=False)
boxes = st.builds(BoundingBox, shares, shares, sizes, sizes)
frame_sides = st.integers(1, 20_000)


def numbers(box: BoundingBox) -> Numbers:
    return box.left, box.top, box.width, box.height


@given(boxes, frame_sides, frame_sides)
def test_pixels_and_back_is_the_same_box(box: BoundingBox, width: int, height: int) -> None:
    there = to_coco(box, width, height)

    assert numbers(from_coco(there, width, height)) == pytest.approx(numbers(box), abs=1e-9)


@given(boxes)
def test_a_centre_and_back_is_the_same_box(box: BoundingBox) -> None:
    assert numbers(from_yolo(to_yolo(box))) == pytest.approx(numbers(box), abs=1e-9)


@given(boxes)
def test_fractions_from_the_corner_stay_as_they_are(box: BoundingBox) -> None:
    assert from_megadetector(to_megadetector(box)) == box
    assert from_camtrap_dp(to_camtrap_dp(box)) == box


@given(boxes, frame_sides, frame_sides)
def test_every_way_leads_to_the_same_place(box: BoundingBox, width: int, height: int) -> None:
    by_pixels = from_coco(to_coco(box, width, height), width, height)
    by_centre = from_yolo(to_yolo(by_pixels))
    by_corner = from_megadetector(to_camtrap_dp(by_centre))

    assert numbers(by_corner) == pytest.approx(numbers(box), abs=1e-9)


def test_the_conventions_differ_where_the_documents_say_so() -> None:
    box = BoundingBox(left=0.25, top=0.5, width=0.5, height=0.25)

    assert to_megadetector(box) == (0.25, 0.5, 0.5, 0.25)
    assert to_camtrap_dp(box) == (0.25, 0.5, 0.5, 0.25)
    assert to_coco(box, 640, 480) == (160, 240, 320, 120)
    assert to_yolo(box) == (0.5, 0.625, 0.5, 0.25)


@given(boxes)
def test_a_cut_box_lies_in_the_frame(box: BoundingBox) -> None:
    try:
        cut = within_frame(box)
    except ValueError:
        return

    assert cut.left >= 0
    assert cut.top >= 0
    assert cut.right <= 1 + 1e-9
    assert cut.bottom <= 1 + 1e-9
    assert cut.iou(box) > 0


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        (BoundingBox(0.2, 0.2, 0.0, 0.5), "no size"),
        (BoundingBox(0.2, 0.2, float("nan"), 0.5), "finite"),
        (BoundingBox(160, 240, 320, 120), "leaves the frame"),  # pixels taken for fractions
        (BoundingBox(1.0, 0.2, 0.005, 0.5), "outside"),
    ],
)
def test_a_box_of_another_convention_is_refused(box: BoundingBox, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        within_frame(box)


def test_a_frame_without_size_has_no_fractions() -> None:
    with pytest.raises(ValueError, match="no fractions"):
        from_coco((0, 0, 1, 1), 0, 480)
