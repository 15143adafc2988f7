from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pytest

from detector import sources
from detector.pictures import Pixels, read_picture
from detector.sources import BrokenFrame, Frame, files_of, frame_count, frames_of, read_ahead


def a_picture(path: Path, shade: int = 120) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(path.suffix, np.full((24, 32, 3), shade, np.uint8))
    path.write_bytes(data.tobytes())
    return path


def a_video(path: Path, frames: int) -> Path:
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    assert video.isOpened()
    for number in range(frames):
        video.write(np.full((48, 64, 3), number * 10, np.uint8))
    video.release()
    return path


def test_a_folder_gives_its_pictures_at_any_depth_in_order_and_nothing_hidden(
    tmp_path: Path,
) -> None:
    for name in ("b.PNG", "a.jpg", "sub/deep/c.webp", ".trash/d.jpg", ".e.jpg"):
        a_picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")

    names = [file.relative_to(tmp_path).as_posix() for file in files_of(tmp_path)]

    assert names == ["a.jpg", "b.PNG", "sub/deep/c.webp"]


def test_one_broken_picture_stops_nothing(tmp_path: Path) -> None:
    a_picture(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes(b"torn")
    a_picture(tmp_path / "c.jpg")

    frames = list(frames_of(tmp_path))

    assert [type(frame) for frame in frames] == [Frame, BrokenFrame, Frame]
    assert isinstance(frames[1], BrokenFrame)
    assert "not a JPEG" in frames[1].reason


def test_what_is_not_there_is_broken_not_an_exception(tmp_path: Path) -> None:
    for name in ("gone.jpg", "gone.mp4"):
        assert list(frames_of(tmp_path / name)) == [
            BrokenFrame(tmp_path / name, "there is no such file")
        ]


@pytest.mark.parametrize(("every", "numbers"), [(1, list(range(7))), (3, [0, 3, 6]), (50, [0])])
def test_a_video_gives_every_nth_frame(tmp_path: Path, every: int, numbers: list[int]) -> None:
    video = a_video(tmp_path / "walk.avi", frames=7)

    frames = [frame for frame in frames_of(video, every=every) if isinstance(frame, Frame)]

    assert [frame.frame_number for frame in frames] == numbers
    assert [frame.frame_rate for frame in frames] == [10.0] * len(numbers)
    # The number is that of the frame one sees: each was painted ten brighter than the last.
    shades = [float(frame.pixels.mean()) for frame in frames]
    np.testing.assert_allclose(shades, [number * 10 for number in numbers], atol=3)
    assert frame_count(video, every=every) == len(numbers)


def test_a_video_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "walk.mp4").write_bytes(b"\0" * 2000)

    (frame,) = frames_of(tmp_path / "walk.mp4")

    assert frame == BrokenFrame(tmp_path / "walk.mp4", "the video cannot be decoded")


def test_a_picture_comes_no_larger_than_is_wanted(tmp_path: Path) -> None:
    (frame,) = frames_of(a_picture(tmp_path / "a.jpg"), least_side_px=16)

    assert isinstance(frame, Frame)
    assert frame.pixels.shape == (12, 16, 3)


def test_one_picture_is_unfolded_while_another_is_looked_at_and_never_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [a_picture(tmp_path / name) for name in ("a.jpg", "b.jpg", "c.jpg")]
    unfolded = {file: Event() for file in files}

    def unfold(path: Path, *, least_side_px: int | None = None) -> Pixels:
        unfolded[path].set()
        return read_picture(path, least_side_px=least_side_px)

    monkeypatch.setattr(sources, "read_picture", unfold)
    for number, _ in enumerate(read_ahead(files)):
        assert all(unfolded[file].wait(20) for file in files[: number + 2])
        assert not any(unfolded[file].is_set() for file in files[number + 2 :])


def test_reading_ahead_gives_what_reading_gives_the_broken_too(tmp_path: Path) -> None:
    files = [a_picture(tmp_path / "a.jpg", 30), tmp_path / "gone.jpg", tmp_path / "c.avi"]
    a_video(files[2], frames=3)

    ahead = [list(frames) for frames in read_ahead(files, every=2)]

    assert [[type(frame) for frame in frames] for frames in ahead] == [
        [Frame],
        [BrokenFrame],
        [Frame, Frame],
    ]
    assert list(read_ahead([])) == []
