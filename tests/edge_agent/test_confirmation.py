from datetime import timedelta

import pytest

from edge_agent.confirmation import Confirmation
from tests.edge_agent.builders import DUSK


def believed(confirmation: Confirmation, frames: str, *, every_s: float = 1) -> str:
    """Hand it frames (`e` an elephant, `.` none); return what it believed after each."""
    moments = (DUSK + timedelta(seconds=every_s * i) for i in range(len(frames)))
    seen = zip(frames, moments, strict=True)
    return "".join("E" if confirmation.saw(f == "e", at) else "." for f, at in seen)


@pytest.mark.parametrize(
    ("needed", "out_of", "frames", "expected"),
    [
        (3, 5, ".e...", "....."),
        (2, 4, "e..e.", "...E."),
        (2, 4, "e...e", "....."),
        (1, 1, ".e.e.", ".E.E."),
        (2, 2, "eee.e", ".EE.."),
    ],
    ids=[
        "one flicker is no elephant",
        "two of the last four are one",
        "the first of two has left the window",
        "one of one believes everything",
        "two in a row",
    ],
)
def test_k_of_the_last_n(needed: int, out_of: int, frames: str, expected: str) -> None:
    assert believed(Confirmation(needed=needed, out_of=out_of), frames) == expected


def test_a_false_alarm_of_the_morning_does_not_confirm_one_of_the_evening() -> None:
    confirmation = Confirmation(needed=2, out_of=4, within=timedelta(minutes=1))

    assert believed(confirmation, "ee", every_s=3600) == ".."


@pytest.mark.parametrize(
    ("counts", "believed"),
    [
        ([4, 5, 4, 4], [0, 4, 4, 4]),
        ([1, 2, 3, 4], [0, 1, 2, 3]),
        ([0, 3, 0, 0], [0, 0, 0, 0]),
    ],
    ids=["a box too many in one frame", "a herd that walks in", "three in one frame only"],
)
def test_as_many_as_two_frames_showed(counts: list[int], believed: list[int]) -> None:
    confirmation = Confirmation(needed=2, out_of=4)

    assert [confirmation.saw(n, DUSK + timedelta(seconds=i)) for i, n in enumerate(counts)] == (
        believed
    )


@pytest.mark.parametrize(
    ("vouches_from", "expected"), [(1.0, [0, 0, 0, 2]), (0.95, [0, 0, 0, 2]), (0.9, [0, 1, 1, 2])]
)
def test_a_frame_that_is_nearly_sure_vouches_for_one_that_is(
    vouches_from: float, expected: list[int]
) -> None:
    confirmation = Confirmation(needed=2, out_of=4, vouches_from=vouches_from)
    frames = [(0, 0.92), (2, 0.0), (0, 0.0), (3, 0.0)]

    believed = [
        confirmation.saw(n, DUSK + timedelta(seconds=i), nearly=nearly)
        for i, (n, nearly) in enumerate(frames)
    ]

    assert believed == expected


def test_more_frames_than_there_are_can_not_be_asked_for() -> None:
    with pytest.raises(ValueError, match="5 of 4 frames"):
        Confirmation(needed=5, out_of=4)
