import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.drops.content import UnfitContentError, suffix_of
from tests.edge_agent.builders import pixels_of
from tests.edge_agent.drops.deliveries import a_clip, a_picture


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_a_picture_is_known_by_its_bytes(suffix: str) -> None:
    _, encoded = cv2.imencode(suffix, pixels_of())

    assert suffix_of(encoded.tobytes()) == suffix


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_clip_is_known_by_its_bytes(suffix: str) -> None:
    assert suffix_of(a_clip(suffix)) == suffix


@pytest.mark.parametrize("data", [a_picture(), a_clip(".mp4"), a_clip(".avi")])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_what_a_lost_link_cut_short_is_not_whole(data: bytes, share: float) -> None:
    with pytest.raises(UnfitContentError, match="cut short"):
        suffix_of(data[: int(len(data) * share)])


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda b: b"\0\0\0\x18ftypisom" + b))
def test_arbitrary_bytes_are_refused_and_never_a_fault(data: bytes) -> None:
    with pytest.raises(UnfitContentError):
        suffix_of(data)
