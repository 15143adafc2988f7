from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.exports.boxes import from_coco, from_yolo, rounded, to_coco, to_yolo

Size = tuple[int, int]
Fractions = Sequence[float]


def _coco(box: Fractions, size: Size) -> Fractions:
    return from_coco(to_coco(box, *size), *size)


def _yolo(box: Fractions, _: Size) -> Fractions:
    written = [f"{side:.8f}" for side in to_yolo(box)]
    return from_yolo([float(side) for side in written])


def _fractions(box: Fractions, _: Size) -> Fractions:
    return [float(str(side)) for side in rounded(box)]


@pytest.mark.parametrize("there_and_back", [_coco, _yolo, _fractions])
@given(st.data())
def test_no_format_loses_a_pixel(
    there_and_back: Callable[[Fractions, Size], Fractions], data: st.DataObject
) -> None:
    width, height = data.draw(st.tuples(st.integers(2, 12_000), st.integers(2, 12_000)))
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    wide, high = data.draw(st.integers(1, width - left)), data.draw(st.integers(1, height - top))
    box = (left / width, top / height, wide / width, high / height)

    x, y, w, h = there_and_back(box, (width, height))

    back = (x * width, y * height, w * width, h * height)
    assert [round(side) for side in back] == [left, top, wide, high]
    assert back == pytest.approx((left, top, wide, high), abs=0.01)
