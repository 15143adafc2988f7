import contextlib
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import InvalidError
from api.reports.photo import without_metadata
from api.reports.rules import LIMITS, Spotted, is_believed, seen_at, wait_s
from api.tables import Role
from tests.api.world import DUSK, place

NEIGHBOUR = Spotted(2, place(800, 0), DUSK - timedelta(minutes=10))


def at(minutes: float) -> datetime:
    return DUSK + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("other", "believed"),
    [
        (NEIGHBOUR, True),
        (Spotted(1, NEIGHBOUR.position, NEIGHBOUR.seen_at), False),
        (Spotted(2, place(2000, 0), DUSK), False),
        (Spotted(2, NEIGHBOUR.position, DUSK - timedelta(hours=1)), False),
    ],
    ids=["two neighbours", "the same person twice", "too far", "too long ago"],
)
def test_a_villager_is_believed_when_somebody_else_says_the_same(
    other: Spotted, believed: bool
) -> None:
    own = Spotted(1, place(0, 0), DUSK)

    assert is_believed(Role.VILLAGER, own, [other]) is believed
    assert is_believed(Role.VILLAGER, own, []) is False
    assert is_believed(Role.RANGER, own, []) is True


def test_whoever_reports_without_end_waits_and_then_may_again() -> None:
    window, allowed = LIMITS[0]
    received = [DUSK + timedelta(seconds=number) for number in range(allowed)]

    wait = wait_s(received, received[-1])

    assert 0 < wait <= window.total_seconds()
    assert wait_s(received[1:], received[-1]) == 0
    assert wait_s(received, received[-1] + timedelta(seconds=wait + 1)) == 0


@pytest.mark.parametrize(
    ("sent", "seen"),
    [(at(0), at(0)), (at(9), at(-9)), (at(60 * 24), at(-60 * 24)), (at(-30), at(0))],
    ids=["at once", "nine minutes later", "a day offline", "the clock was set back"],
)
def test_a_phone_s_clock_may_be_wrong_by_years(sent: datetime, seen: datetime) -> None:
    years = timedelta(days=3650)

    assert seen_at(DUSK - years, sent - years, now=DUSK) == seen


def segment(marker: int, content: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(content) + 2).to_bytes(2, "big") + content


TABLE = segment(0xDB, b"table")
ADOBE = segment(0xEE, b"Adobe")
SCAN = segment(0xDA, b"scan") + b"data \xff\x00 \xff\xd0 more"
SECRETS = [segment(0xE1, b"Exif GPS"), segment(0xFE, b"by Mei"), segment(0xED, b"Photoshop")]


@settings(deadline=None)
@given(st.permutations([TABLE, ADOBE, *SECRETS]), st.binary(max_size=40))
def test_no_metadata_is_left_wherever_it_stood(parts: list[bytes], behind: bytes) -> None:
    own = b"".join(part for part in parts if part not in SECRETS)
    progressive = SCAN + segment(0xC4, b"huffman") + SCAN

    clean = without_metadata(b"\xff\xd8" + b"".join(parts) + progressive + b"\xff\xd9" + behind)

    assert clean == b"\xff\xd8" + own + progressive + b"\xff\xd9"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_jpeg_are_a_clear_error(start: bytes) -> None:
    for picture in (start, b"\xff\xd8\xff" + start):
        with contextlib.suppress(InvalidError):  # and nothing else, whatever the bytes
            assert without_metadata(picture).endswith(b"\xff\xd9")
