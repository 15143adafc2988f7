import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.cameras.exif import Position, captured_at_of, position_of

CHINA = timezone(timedelta(hours=8))


def exif_segment(taken_at: str, *, offset: str | None = None, order: str = "<") -> bytes:
    """An EXIF segment as cameras write it: one directory that points to the next."""
    texts = [(0x9003, taken_at)] + ([(0x9011, offset)] if offset is not None else [])
    below = 8 + 2 + 12 + 4
    place = below + 2 + 12 * len(texts) + 4
    entries, values = b"", b""
    for tag, text in texts:
        value = text.encode() + b"\0"
        entries += struct.pack(order + "HHII", tag, 2, len(value), place + len(values))
        values += value
    tiff = {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HI", 42, 8)
    tiff += struct.pack(order + "HHHIII", 1, 0x8769, 4, 1, below, 0)
    tiff += struct.pack(order + "H", len(texts)) + entries + struct.pack(order + "I", 0) + values
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def gps_segment(sides: tuple[str, str] = ("S", "E"), *, below: int = 1) -> bytes:
    """21.5 south, 101.25 east, unless told otherwise: degrees, minutes, seconds over `below`."""
    gps = 8 + 2 + 12 + 4
    place = gps + 2 + 12 * 4 + 4
    tiff = b"MM" + struct.pack(">HIHHHIII", 42, 8, 1, 0x8825, 4, 1, gps, 0) + struct.pack(">H", 4)
    for tag, side, at in ((1, sides[0], place), (3, sides[1], place + 24)):
        tiff += struct.pack(">HHI4s", tag, 2, 2, side.encode())
        tiff += struct.pack(">HHII", tag + 1, 5, 3, at)
    tiff += struct.pack(">I", 0)
    for degrees, minutes in ((21, 30), (101, 15)):
        tiff += struct.pack(">6I", degrees, below, minutes, below, 0, below)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def a_jpeg(segment: bytes) -> bytes:
    comment = b"\xff\xfe\x00\x06hey!"
    return b"\xff\xd8" + comment + segment + b"\xff\xda\x00\x02"


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_camera_s_clock_is_read_in_its_own_zone(order: str) -> None:
    jpeg = a_jpeg(exif_segment("2026:11:22 19:30:00", order=order))

    assert captured_at_of(jpeg, CHINA) == datetime(2026, 11, 22, 11, 30, tzinfo=UTC)


def test_the_offset_in_the_picture_is_stronger_than_the_zone_of_the_config() -> None:
    jpeg = a_jpeg(exif_segment("2026:11:22 19:30:00", offset="+05:30"))

    assert captured_at_of(jpeg, CHINA) == datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize("written", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", ""])
def test_a_clock_that_was_never_set_says_nothing(written: str) -> None:
    assert captured_at_of(a_jpeg(exif_segment(written)), UTC) is None


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_time_and_no_fault(data: bytes) -> None:
    assert captured_at_of(data, UTC) is None


@given(st.integers(0, 200), st.binary(max_size=20))
def test_scrambled_exif_never_raises(place: int, noise: bytes) -> None:
    jpeg = bytearray(a_jpeg(exif_segment("2026:11:22 19:30:00", offset="+08:00")))
    jpeg[place : place + len(noise)] = noise

    result = captured_at_of(bytes(jpeg), UTC)

    assert result is None or result.tzinfo is UTC


def test_a_place_is_read_with_its_side_of_the_earth() -> None:
    assert position_of(a_jpeg(gps_segment())) == Position(-21.5, 101.25)
    assert position_of(a_jpeg(gps_segment(("N", "W")))) == Position(21.5, -101.25)


def test_a_receiver_without_a_fix_names_no_place() -> None:
    assert position_of(a_jpeg(gps_segment(below=0))) is None
    assert position_of(a_jpeg(gps_segment(("?", "E")))) is None
    assert position_of(a_jpeg(exif_segment("2026:11:22 19:30:00"))) is None


@given(st.integers(0, 200), st.binary(max_size=20))
def test_a_scrambled_place_never_raises(place: int, noise: bytes) -> None:
    jpeg = bytearray(a_jpeg(gps_segment()))
    jpeg[place : place + len(noise)] = noise

    told = position_of(bytes(jpeg))

    assert told is None or (abs(told.latitude) <= 90 and abs(told.longitude) <= 180)
