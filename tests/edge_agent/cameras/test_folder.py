import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from detector.pictures import MAX_FILE_BYTES
from edge_agent.camera_settings import FolderCameraSettings
from edge_agent.cameras.camera import BrokenFrame, Frame
from edge_agent.cameras.folder import FolderCamera, time_of
from tests.edge_agent.builders import DUSK, pixels_of


def a_camera(
    folder: Path,
    *,
    watch: bool = False,
    loop: bool = False,
    was_looked_at: Callable[[str], bool] = lambda _: False,
) -> FolderCamera:
    settings = FolderCameraSettings(
        kind="folder", deployment_id="ridge-1", path=folder, watch=watch, loop=loop
    )
    return FolderCamera(settings, was_looked_at=was_looked_at)


async def first(camera: FolderCamera, number: int) -> list[Frame | BrokenFrame]:
    seen: list[Frame | BrokenFrame] = []
    async with asyncio.timeout(20):
        frames = camera.frames()
        async for frame in frames:
            seen.append(frame)
            if len(seen) == number:
                break
        await frames.aclose()
    return seen


def put_picture(path: Path, *, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels_of(seed=seed))
    return path


async def test_pictures_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.png", "a.jpg", "c/a.jpeg", ".half-copied.jpg"):
        put_picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")

    names = [frame.name for frame in await first(a_camera(tmp_path), 10)]

    assert names == ["a.jpg", "b.png", "c/a.jpeg"]


async def test_what_is_broken_is_counted_and_the_next_good_frame_goes_through(
    tmp_path: Path,
) -> None:
    good = put_picture(tmp_path / "9-good.jpg").read_bytes()
    (tmp_path / "1-empty.jpg").touch()
    (tmp_path / "2-cut.jpg").write_bytes(good[: len(good) // 2])
    (tmp_path / "3-huge.jpg").write_bytes(good)
    os.truncate(tmp_path / "3-huge.jpg", 50_000_000)
    (tmp_path / "4-text.jpg").write_text("no picture at all")
    (tmp_path / "5-nowhere.jpg").symlink_to(tmp_path / "gone")

    frames = await first(a_camera(tmp_path), 10)

    broken = [frame.reason for frame in frames if isinstance(frame, BrokenFrame)]
    assert len(broken) == 4, "a link to nowhere is no picture"
    assert f"{MAX_FILE_BYTES / 1e6:.0f} MB" in broken[2]
    assert isinstance(frames[-1], Frame)


async def test_a_picture_that_arrives_later_is_seen(tmp_path: Path) -> None:
    put_picture(tmp_path / "1.jpg")
    frames = a_camera(tmp_path, watch=True).frames()
    async with asyncio.timeout(20):
        await anext(frames)
        put_picture(tmp_path / "2.jpg")
        late = await anext(frames)
    await frames.aclose()

    assert late.name == "2.jpg"


async def test_a_picture_still_being_written_is_waited_for(tmp_path: Path) -> None:
    whole = put_picture(tmp_path / "elsewhere" / "1.jpg", seed=4).read_bytes()
    watched = tmp_path / "watched"
    watched.mkdir()
    (watched / "1.jpg").write_bytes(whole[:100])
    camera = a_camera(watched, watch=True)

    coming = asyncio.ensure_future(first(camera, 1))
    for end in range(300, len(whole), 300):
        await asyncio.sleep(0.1)
        (watched / "1.jpg").write_bytes(whole[:end])
    (watched / "1.jpg").write_bytes(whole)

    assert isinstance((await coming)[0], Frame)


async def test_a_watched_picture_is_not_looked_at_again_after_a_restart(tmp_path: Path) -> None:
    put_picture(tmp_path / "1.jpg")
    put_picture(tmp_path / "2.jpg")
    camera = a_camera(tmp_path, watch=True, was_looked_at=lambda name: name == "1.jpg")

    assert [frame.name for frame in await first(camera, 1)] == ["2.jpg"]


async def test_a_loop_begins_again(tmp_path: Path) -> None:
    put_picture(tmp_path / "1.jpg")

    assert len(await first(a_camera(tmp_path, loop=True), 3)) == 3


async def test_a_folder_that_is_not_there_is_one_broken_frame(tmp_path: Path) -> None:
    (frame,) = await first(a_camera(tmp_path / "nowhere"), 10)

    assert frame == BrokenFrame("nowhere", "there is no such folder")


async def test_a_card_that_is_put_back_is_read_again(tmp_path: Path) -> None:
    card = tmp_path / "card"
    frames = a_camera(card, watch=True).frames()
    async with asyncio.timeout(20):
        assert isinstance(await anext(frames), BrokenFrame)
        put_picture(card / "1.jpg")
        assert isinstance(await anext(frames), Frame), "and the fault is not told again and again"
    await frames.aclose()


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_time_that_cannot_be_is_the_file_s_own(tmp_path: Path, year: int) -> None:
    picture = put_picture(tmp_path / "1.jpg")
    picture.write_bytes(with_exif(picture.read_bytes(), f"{year}:01:02 03:04:05"))
    os.utime(picture, (DUSK.timestamp(), DUSK.timestamp()))
    now = datetime(2026, 11, 23, tzinfo=UTC)

    assert time_of(picture, UTC, now=now) == DUSK


def test_a_picture_s_own_time_is_believed(tmp_path: Path) -> None:
    picture = put_picture(tmp_path / "1.jpg")
    picture.write_bytes(with_exif(picture.read_bytes(), "2026:11:20 03:04:05"))

    taken_at = time_of(picture, UTC, now=DUSK)

    assert taken_at == datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)


def with_exif(jpeg: bytes, taken_at: str) -> bytes:
    from tests.edge_agent.cameras.test_exif import exif_segment

    return jpeg[:2] + exif_segment(taken_at) + jpeg[2:]
