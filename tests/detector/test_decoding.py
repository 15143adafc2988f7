import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from detector.decoding import decode
from detector.detection import Detection, Label
from detector.letterbox import Letterbox

CLASSES = {0: Label.PERSON, 1: Label.ELEPHANT, 3: Label.ANIMAL, 4: Label.ANIMAL}
LORRY = 2  # a class of the network that is none of ours
FRAME = Letterbox.of(640, 640, 640)
Row = tuple[float, float, float, float, int, float]


def network_says(*rows: Row) -> NDArray[np.float32]:
    """Rows of centre x, centre y, width, height (px), class, score."""
    output = np.zeros((4 + 5, len(rows)), np.float32)
    for column, (centre_x, centre_y, width, height, index, score) in enumerate(rows):
        output[:4, column] = centre_x, centre_y, width, height
        output[4 + index, column] = score
    return output


def decoded(
    output: NDArray[np.float32], floor: float = 0.05, rival_weight: float = 0.0
) -> list[Detection]:
    return decode(
        output, FRAME, CLASSES, floor=floor, iou_suppression=0.6, rival_weight=rival_weight
    )


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12),
        elements=st.floats(width=32),
    )
)
def test_whatever_the_numbers_are_boxes_lie_in_the_frame(output: NDArray[np.float32]) -> None:
    for seen in decoded(output, rival_weight=3.0):
        assert 0.05 <= seen.confidence <= 1
        assert 0 <= seen.box.left <= seen.box.right <= 1 + 1e-9
        assert 0 <= seen.box.top <= seen.box.bottom <= 1 + 1e-9
        assert seen.box.area > 0


def test_an_elephant_seen_twice_is_one_elephant_and_the_surer_box_stays() -> None:
    seen = decoded(network_says((300, 300, 100, 80, 1, 0.6), (304, 300, 100, 80, 1, 0.9)))

    assert len(seen) == 1
    assert seen[0].confidence == pytest.approx(0.9)
    assert seen[0].box.left == pytest.approx((304 - 50) / 640)


def test_a_calf_beside_its_mother_is_not_suppressed() -> None:
    seen = decoded(network_says((300, 300, 200, 160, 1, 0.9), (380, 340, 80, 60, 1, 0.5)))

    assert len(seen) == 2


def test_a_rider_is_not_suppressed_by_the_elephant() -> None:
    seen = decoded(network_says((300, 300, 100, 80, 1, 0.9), (300, 300, 100, 80, 0, 0.5)))

    assert [each.label for each in seen] == [Label.ELEPHANT, Label.PERSON]


def test_two_classes_of_one_label_are_suppressed_together() -> None:
    seen = decoded(network_says((300, 300, 100, 80, 3, 0.6), (300, 300, 100, 80, 4, 0.5)))

    assert [each.label for each in seen] == [Label.ANIMAL]


def test_a_lorry_that_looks_a_little_like_an_elephant_stays_a_lorry() -> None:
    output = network_says((300, 300, 100, 80, LORRY, 0.7))
    output[4 + 1, 0] = 0.5

    assert decoded(output) == []


def test_a_network_that_answers_nonsense_sees_nothing() -> None:
    output = network_says((300, 300, 100, 80, 1, 0.9), (np.nan, 300, 100, 80, 1, 0.8))
    output[4 + 1, 0] = np.nan

    assert decoded(output) == []


def test_a_box_half_in_the_padding_ends_at_the_frame() -> None:
    wide = Letterbox.of(1280, 640, 640)  # 160 px of padding above and below

    (seen,) = decode(
        network_says((320, 160, 100, 100, 1, 0.9)), wide, CLASSES, floor=0.05, iou_suppression=0.6
    )

    assert seen.box.top == 0
    assert seen.box.height == pytest.approx(50 / 320)


def test_a_network_with_fewer_classes_than_named_still_tells_what_it_has() -> None:
    output = network_says((300, 300, 100, 80, 1, 0.9))[:6]  # person and elephant, nothing else

    assert [seen.label for seen in decoded(output)] == [Label.ELEPHANT]


def test_what_might_as_well_be_a_cow_is_not_much_of_an_elephant() -> None:
    output = network_says((300, 300, 100, 80, 1, 0.6), (304, 300, 100, 80, 3, 0.2))

    elephant = next(d for d in decoded(output, rival_weight=3.0) if d.label is Label.ELEPHANT)

    assert elephant.confidence == pytest.approx(0.6**2 / (0.6 + 3 * 0.2))


def test_a_cow_beside_an_elephant_takes_nothing_from_it() -> None:
    output = network_says((300, 300, 100, 80, 1, 0.6), (390, 300, 100, 80, 3, 0.5))

    elephant = next(d for d in decoded(output, rival_weight=3.0) if d.label is Label.ELEPHANT)

    assert elephant.confidence == pytest.approx(0.6)


def test_its_rider_is_no_rival_of_an_elephant() -> None:
    output = network_says((300, 300, 100, 80, 1, 0.6), (300, 300, 100, 80, 0, 0.5))

    elephant = next(d for d in decoded(output, rival_weight=3.0) if d.label is Label.ELEPHANT)

    assert elephant.confidence == pytest.approx(0.6)


def test_an_elephant_that_a_rival_leaves_below_the_floor_is_not_told() -> None:
    output = network_says((300, 300, 100, 80, 1, 0.08), (300, 300, 100, 80, 3, 0.07))

    assert decoded(output, floor=0.05, rival_weight=0.0)
    assert not [d for d in decoded(output, floor=0.05, rival_weight=3.0) if d.confidence < 0.05]
    assert all(d.label is not Label.ELEPHANT for d in decoded(output, rival_weight=3.0))
