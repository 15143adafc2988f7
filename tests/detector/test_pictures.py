import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import pictures
from detector.pictures import Pixels, UnreadablePictureError, decode_picture, read_picture

SUFFIXES = [".jpg", ".png", ".webp", ".bmp"]


def a_scene(width: int = 96, height: int = 64) -> Pixels:
    ramp = np.linspace(0, 255, width, dtype=np.uint8)
    return np.dstack([np.tile(ramp, (height, 1))] * 2 + [np.full((height, width), 40, np.uint8)])


def encoded(suffix: str, picture: Pixels) -> bytes:
    done, data = cv2.imencode(suffix, picture)
    assert done
    return data.tobytes()


def a_png_that_claims(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    crc = struct.pack(">I", zlib.crc32(chunk))
    end = b"\0\0\0\0IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + crc + end


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_kind_of_picture_keeps_its_size_and_colours(suffix: str) -> None:
    scene = a_scene()

    pixels = decode_picture(encoded(suffix, scene))

    assert pixels.shape == scene.shape
    assert float(np.abs(pixels.astype(int) - scene.astype(int)).mean()) < 4


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(share=st.floats(0.001, 0.97))
def test_a_picture_cut_short_anywhere_is_refused(suffix: str, share: float) -> None:
    data = encoded(suffix, a_scene())

    with pytest.raises(UnreadablePictureError):
        decode_picture(data[: int(len(data) * share)])


def test_what_a_camera_appends_after_the_end_of_a_jpeg_does_no_harm() -> None:
    data = encoded(".jpg", a_scene()) + b"\0" * 512

    assert decode_picture(data).shape == (64, 96, 3)


def test_a_jpeg_cut_after_its_thumbnail_is_not_taken_for_whole() -> None:
    data = encoded(".jpg", a_scene())
    thumbnail = encoded(".jpg", a_scene(16, 16))
    exif = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    cut = data[:2] + exif + data[2:-40]

    with pytest.raises(UnreadablePictureError, match="cut short"):
        decode_picture(cut)


@given(
    st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff", b"BM", b"\x89PNG\r\n\x1a\n"])
)
def test_bytes_are_a_picture_or_an_error_that_says_why(noise: bytes, start: bytes) -> None:
    why = ""
    pixels: Pixels | None
    try:
        pixels = decode_picture(start + noise)
    except UnreadablePictureError as error:
        why, pixels = str(error), None

    assert why if pixels is None else pixels.ndim == 3


def test_a_small_file_that_would_unfold_into_gigabytes_is_refused_unopened() -> None:
    bomb = a_png_that_claims(60_000, 60_000)

    with pytest.raises(UnreadablePictureError, match="60000 x 60000 pixels"):
        decode_picture(bomb)


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(pictures.MAX_FILE_BYTES + 10_000_000)

    with pytest.raises(UnreadablePictureError, match="50 MB, more than the 40 MB"):
        read_picture(huge)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePictureError, match="No such file"):
        read_picture(tmp_path / "gone.jpg")


def test_a_picture_taken_sideways_is_turned_upright() -> None:
    data = encoded(".jpg", a_scene(96, 64))
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    exif = b"Exif\0\0" + tiff
    turned = data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]

    assert decode_picture(turned).shape == (96, 64, 3)


@given(width=st.integers(1, 400), height=st.integers(1, 400), least=st.integers(1, 200))
def test_a_reduced_picture_is_never_smaller_than_the_network_needs(
    width: int, height: int, least: int
) -> None:
    data = encoded(".jpg", a_scene(width, height))

    reduced = decode_picture(data, least_side_px=least)

    longer, whole = max(reduced.shape[:2]), max(width, height)
    assert longer >= min(least, whole)
    assert longer <= max(2 * least, -(-whole // 8))
    assert reduced.shape[0] / height == pytest.approx(reduced.shape[1] / width, abs=1)


def test_a_reduced_picture_shows_the_same() -> None:
    scene = a_scene(960, 640)

    reduced = decode_picture(encoded(".jpg", scene), least_side_px=400)

    assert reduced.shape == (320, 480, 3)
    same = cv2.resize(scene, (480, 320), interpolation=cv2.INTER_AREA).astype(int)
    assert float(np.abs(reduced.astype(int) - same).mean()) < 4


def test_a_reduced_picture_is_turned_upright_too() -> None:
    data = encoded(".jpg", a_scene(96, 64))
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    exif = b"Exif\0\0" + tiff
    turned = data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]

    assert decode_picture(turned, least_side_px=48).shape == (48, 32, 3)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp"])
def test_what_cannot_be_unfolded_in_part_comes_whole(suffix: str) -> None:
    data = encoded(suffix, a_scene(96, 64))

    assert decode_picture(data, least_side_px=24).shape == (64, 96, 3)
