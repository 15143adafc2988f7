import cv2
import numpy as np
import pytest

from detector.detection import BoundingBox
from detector.pictures import decode_picture
from edge_agent.evidence import LONGEST_SIDE_PX, MAX_BYTES, NoEvidenceError, evidence_of, hide
from tests.edge_agent.builders import pixels_of


@pytest.mark.parametrize(
    ("height", "width"), [(480, 640), (1080, 1920), (3000, 4000), (4000, 500), (24, 32)]
)
def test_even_a_frame_of_noise_fits_a_bad_link(height: int, width: int) -> None:
    evidence = evidence_of(pixels_of(height, width), [])

    picture = decode_picture(evidence)
    assert len(evidence) <= MAX_BYTES
    assert max(picture.shape[:2]) <= min(LONGEST_SIDE_PX, max(height, width))
    assert picture.shape[1] / picture.shape[0] == pytest.approx(width / height, rel=0.03)


def test_a_small_frame_is_never_enlarged() -> None:
    picture = decode_picture(evidence_of(pixels_of(100, 120), []))

    assert picture.shape == (100, 120, 3)


def test_nobody_can_be_recognised_in_what_is_sent() -> None:
    frame = np.full((480, 640, 3), 128, np.uint8)
    frame[::2, 200:300] = 255  # a face of stripes: the finest detail there can be
    frame[1::2, 200:300] = 0
    frame[:, 400:500] = frame[:, 200:300]
    person = BoundingBox(left=200 / 640, top=0.3, width=100 / 640, height=0.4)

    picture = decode_picture(evidence_of(frame, [person])).astype(int)

    hidden, shown = picture[200:280, 210:290], picture[200:280, 410:490]
    assert np.abs(np.diff(shown, axis=0)).mean() > 100
    assert np.abs(np.diff(hidden, axis=0)).mean() < 5


def test_the_margin_round_a_person_is_hidden_too() -> None:
    frame = pixels_of(200, 200)
    person = BoundingBox(0.4, 0.4, 0.2, 0.2)  # pixels 80 to 120

    changed = np.any(hide(frame, [person]) != frame, axis=2)

    rows, columns = np.nonzero(changed)
    # 15 % of 40 is 6, 30 % is 12; a whole pixel more where halves are rounded outwards
    assert rows.min() in (73, 74)
    assert rows.max() in (125, 126)
    assert columns.min() in (67, 68)
    assert columns.max() in (131, 132)


@pytest.mark.parametrize(
    "person",
    [
        BoundingBox(0, 0, 1, 1),
        BoundingBox(0.95, 0.95, 0.05, 0.05),
        BoundingBox(0.5, 0.5, 1e-9, 1e-9),
        BoundingBox(1, 1, 0, 0),
    ],
    ids=["fills the frame", "in the corner", "smaller than a pixel", "outside"],
)
def test_a_person_anywhere_is_hidden_without_a_fault(person: BoundingBox) -> None:
    assert hide(pixels_of(), [person]).shape == (48, 64, 3)


def test_the_frame_itself_stays_as_it_was() -> None:
    frame = pixels_of()
    before = frame.copy()

    evidence_of(frame, [BoundingBox(0, 0, 1, 1)])

    assert np.array_equal(frame, before)


def test_a_frame_without_pixels_has_no_evidence() -> None:
    with pytest.raises(NoEvidenceError, match="0 x 4"):
        evidence_of(np.zeros((4, 0, 3), np.uint8), [])


def test_the_evidence_shows_what_the_frame_shows() -> None:
    frame = np.full((480, 640, 3), 40, np.uint8)
    cv2.circle(frame, (320, 240), 100, (200, 200, 200), -1)

    picture = decode_picture(evidence_of(frame, []))

    assert np.abs(picture.astype(int) - frame).mean() < 3
