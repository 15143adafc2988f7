import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.detection import BoundingBox, Detection, Label
from detector.drawing import annotate

BOX = BoundingBox(0.4, 0.3, 0.2, 0.3)


def test_boxes_are_drawn_on_a_copy() -> None:
    frame = np.zeros((480, 640, 3), np.uint8)

    drawn = annotate(frame, [Detection(Label.ELEPHANT, 0.9, BOX)])

    assert not frame.any()
    assert drawn[144, 300].any()  # on the upper edge of the box
    assert not drawn[240, 320].any()  # the animal itself stays visible


@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.builds(BoundingBox, *[st.floats(-0.2, 1.2)] * 4),
)
def test_any_box_on_any_frame_can_be_drawn(width: int, height: int, box: BoundingBox) -> None:
    frame = np.zeros((height, width, 3), np.uint8)

    drawn = annotate(frame, [Detection(Label.PERSON, 0.5, box)])

    assert drawn.shape == frame.shape
    assert drawn.any()
