from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detecting import (
    FoundFile,
    Look,
    Tally,
    annotated_path,
    found_files,
    look_at,
    look_through,
)
from detector.detection import BoundingBox, Detection, Label, Lighting
from detector.megadetector import FailedResult, PictureResult, VideoResult
from detector.pictures import Pixels
from detector.sources import Frame, frames_of

THRESHOLDS = {Lighting.DAY: 0.4, Lighting.NIGHT_IR: 0.35, Lighting.THERMAL: 0.5}
BOX = BoundingBox(0.1, 0.1, 0.2, 0.2)
FAINT = Detection(Label.ELEPHANT, 0.45, BOX)
SURE = Detection(Label.ELEPHANT, 0.95, BOX)


class FakeSight:
    """Sees the same two elephants in everything."""

    def detect(
        self, pixels: Pixels, *, lighting: Lighting | None = None, floor: float | None = None
    ) -> list[Detection]:
        return [SURE, FAINT]


def look(frame: Frame) -> Look:
    return look_at(frame, FakeSight(), THRESHOLDS, 0.05)


def a_picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(".jpg", np.zeros((24, 32, 3), np.uint8))
    path.write_bytes(data.tobytes())
    return path


def test_everything_is_reported_but_believed_by_the_light() -> None:
    flat_grey = np.full((120, 160, 3), 90, np.uint8)  # soft everywhere: thermal

    looked = look(Frame(Path("a.jpg"), None, flat_grey))

    assert looked.lighting is Lighting.THERMAL
    assert looked.detections == (SURE, FAINT)
    assert looked.believed == (SURE,)


def test_names_are_relative_to_a_single_folder(tmp_path: Path) -> None:
    a_picture(tmp_path / "sub" / "a.jpg")

    assert [found.name for found in found_files([tmp_path])] == ["sub/a.jpg"]


def test_a_picture_named_twice_is_looked_at_once(tmp_path: Path) -> None:
    picture = a_picture(tmp_path / "a.jpg")

    assert [found.path for found in found_files([tmp_path, picture])] == [picture]


def test_a_torn_picture_is_a_result_with_its_reason(tmp_path: Path) -> None:
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(b"\xff\xd8\xff\xe0 torn")
    looks: list[Look] = []

    result = look_through(FoundFile(torn, "torn.jpg"), frames_of(torn), look, on_look=looks.append)

    assert result == FailedResult("torn.jpg", "its header is cut short")
    assert looks == []


def test_a_picture_and_a_video_keep_what_was_seen(tmp_path: Path) -> None:
    picture = FoundFile(a_picture(tmp_path / "a.jpg"), "a.jpg")
    clip = FoundFile(tmp_path / "b.avi", "b.avi")
    video = cv2.VideoWriter(str(clip.path), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, (64, 48))
    for _ in range(5):
        video.write(np.zeros((48, 64, 3), np.uint8))
    video.release()
    tally = Tally()

    seen = look_through(picture, frames_of(picture.path), look, on_look=tally.add)
    filmed = look_through(clip, frames_of(clip.path, every=2), look, on_look=tally.add)

    assert seen == PictureResult("a.jpg", (SURE, FAINT))
    assert isinstance(filmed, VideoResult)
    assert filmed.frames_processed == (0, 2, 4)
    assert [number for number, _ in filmed.detections] == [0, 0, 2, 2, 4, 4]
    assert tally.with_elephants.total() == 4


@given(st.text(min_size=1), st.one_of(st.none(), st.integers(0, 10**6)))
def test_a_drawing_is_saved_below_its_folder_whatever_the_name(
    name: str, frame_number: int | None
) -> None:
    folder = Path("/drawings")

    path = annotated_path(folder, f"../{name}/../x.png", frame_number)

    assert ".." not in path.parts
    assert path.is_relative_to(folder)


@pytest.mark.parametrize(
    ("name", "frame_number", "saved"),
    [
        ("sub/a.JPG", None, "sub/a.JPG"),
        ("a.png", None, "a.png.jpg"),
        ("/card/walk.mp4", 40, "card/walk.mp4_000040.jpg"),
    ],
)
def test_drawings_of_different_files_never_share_a_name(
    name: str, frame_number: int | None, saved: str
) -> None:
    assert annotated_path(Path("out"), name, frame_number) == Path("out") / saved
