from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.contracts.configuration import Spending
from edge_agent.contracts.messages import HealthMessage, StoredItem, StoredKind, body_sha256
from edge_agent.link import Link
from edge_agent.outbox import Condition, Letter, Outbox, Room
from edge_agent.outbox.sacrifice import ORDER
from tests.edge_agent.builders import DUSK, a_message, settings_for

STORED, REFUSED, SAMPLES, UNSENT = (sacrifice.name for sacrifice in ORDER)


def plenty(_: Path) -> int:
    return 10**12


def almost_none(_: Path) -> int:
    return 1000


def an_outbox(
    folder: Path, *, budget_kb: int, free_bytes: Callable[[Path], int] = plenty
) -> Outbox:
    room = Room(folder, budget_bytes=budget_kb * 1000, free_bytes=free_bytes)
    return Outbox(folder / "outbox.db", room=room)


def picture(number: int) -> bytes:
    return number.to_bytes(4, "big") * 5000  # 20 kB


def keep(outbox: Outbox, number: int, *, with_picture: bool = True) -> None:
    message = a_message(captured_at=DUSK + timedelta(minutes=number))
    outbox.keep(message, picture(number) if with_picture else None)


def is_there(outbox: Outbox, number: int) -> bool:
    return outbox.body(Letter(StoredKind.MEDIA, body_sha256(picture(number)), 1)) is not None


def store(outbox: Outbox, number: int) -> None:
    item = StoredItem(kind=StoredKind.MEDIA, id=body_sha256(picture(number)))
    assert outbox.forget([item]) == 1


def test_a_stored_picture_stays_as_long_as_there_is_room(tmp_path: Path) -> None:
    with an_outbox(tmp_path, budget_kb=1000) as outbox:
        keep(outbox, 1)
        store(outbox, 1)

        assert is_there(outbox, 1)
        assert outbox.waiting(StoredKind.MEDIA, 10) == []
        keep(outbox, 1)
        assert outbox.waiting(StoredKind.MEDIA, 10) == [], "the server has it already"


def test_what_goes_when_there_is_no_room_goes_in_the_stated_order(tmp_path: Path) -> None:
    with an_outbox(tmp_path, budget_kb=450) as outbox:
        for number in range(10):
            keep(outbox, number)
            outbox.keep_sample(f"{number}", DUSK, picture(100 + number)[:8000])
        for number in range(5, 8):
            store(outbox, number)
        left: list[tuple[int, int, int]] = []
        for number in range(10, 40):
            keep(outbox, number)
            stored = sum(is_there(outbox, n) for n in range(5, 8))
            samples = len(outbox.waiting(StoredKind.SAMPLE, 100))
            unsent = sum(is_there(outbox, n) for n in (*range(5), 8, 9))
            left.append((stored, samples, unsent))
            assert is_there(outbox, number), "the newest picture is worth the most"

        assert len(outbox.waiting(StoredKind.DETECTION, 100)) == 40
    for stored, samples, unsent in left:
        assert samples == 10 or stored == 0, "pictures the server has go before samples"
        assert unsent == 7 or samples == 0, "samples go before what nobody has"
    assert left[-1] == (0, 0, 0)


def test_old_pictures_go_before_younger_ones(tmp_path: Path) -> None:
    with an_outbox(tmp_path, budget_kb=400) as outbox:
        for number in (5, 1, 9, 3, *range(20, 30)):
            keep(outbox, number)
        keep(outbox, 40)
        gone = [number for number in (1, 3, 5, 9) if not is_there(outbox, number)]

    assert gone == sorted((1, 3, 5, 9))[: len(gone)]
    assert gone


def test_a_sighting_is_kept_whatever_the_budget(tmp_path: Path) -> None:
    with an_outbox(tmp_path, budget_kb=1) as outbox:
        for number in range(200):
            keep(outbox, number)

        assert len(outbox.waiting(StoredKind.DETECTION, 1000)) == 200
        assert outbox.waiting(StoredKind.MEDIA, 1000) == []
        assert outbox.condition is Condition.SHORT


def test_giving_up_what_the_server_has_is_no_shortage(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with an_outbox(tmp_path, budget_kb=400) as outbox:
        for number in range(60):
            keep(outbox, number)
            store(outbox, number)

        assert outbox.condition is Condition.FINE
        assert outbox.given_up[STORED] > 0
    assert not caplog.messages


def test_shortage_is_said_once_and_ends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    conditions = []
    with an_outbox(tmp_path, budget_kb=300) as outbox:
        for number in range(30):
            keep(outbox, number)
        conditions.append(outbox.condition)
        for letter in outbox.waiting(StoredKind.MEDIA, 100):
            outbox.forget([StoredItem(kind=letter.kind, id=letter.id)])
        keep(outbox, 99)
        conditions.append(outbox.condition)

    assert conditions == [Condition.SHORT, Condition.FINE]
    assert [m for m in caplog.messages if "no room" in m] == [
        f"the outbox has no room; given up: {UNSENT}"
    ]


def test_a_smaller_budget_counts_from_the_next_sighting(tmp_path: Path) -> None:
    with an_outbox(tmp_path, budget_kb=10_000) as outbox:
        for number in range(20):
            keep(outbox, number)
        link = Link(settings_for(tmp_path), outbox, lambda: HealthMessage(at=DUSK))
        link.use_budget(Spending(disk_mb=1))
        outbox.budget_bytes //= 4
        keep(outbox, 20)

        assert 0 < len(outbox.waiting(StoredKind.MEDIA, 100)) < 12
        assert len(outbox.waiting(StoredKind.DETECTION, 100)) == 21


def test_on_an_almost_full_disk_the_file_stops_growing(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    with an_outbox(tmp_path, budget_kb=100_000) as outbox:
        for number in range(20):
            keep(outbox, number)
    size_bytes = path.stat().st_size

    with an_outbox(tmp_path, budget_kb=100_000, free_bytes=almost_none) as outbox:
        for number in range(20, 60):
            keep(outbox, number)
        assert len(outbox.waiting(StoredKind.DETECTION, 1000)) == 60
    assert path.stat().st_size <= size_bytes + 65_536, "sightings alone may take from the reserve"


@settings(max_examples=25, deadline=None)  # each has a disk of its own
@given(st.lists(st.sampled_from(["keep", "sample", "store", "grow"]), max_size=40))
def test_whatever_happens_no_sighting_goes_and_nothing_before_what_the_server_has(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    kept = 0
    with an_outbox(tmp_path_factory.mktemp("room"), budget_kb=200) as outbox:
        for number, act in enumerate(acts):
            stored_before = outbox.given_up[STORED]
            others_before = outbox.given_up.total() - stored_before
            if act == "keep":
                keep(outbox, number)
                kept += 1
            elif act == "sample":
                outbox.keep_sample(f"{number}", DUSK, picture(number))
            elif act == "store":
                for letter in outbox.waiting(StoredKind.MEDIA, 1):
                    outbox.forget([StoredItem(kind=letter.kind, id=letter.id)])
            else:
                keep(outbox, number, with_picture=False)
                kept += 1
            assert outbox._shelter.disk is not None
            has_stored = outbox._shelter.disk._number(
                "SELECT count(*) FROM letters WHERE stored_at IS NOT NULL"
            )
            if outbox.given_up.total() - outbox.given_up[STORED] > others_before:
                assert has_stored == 0
            assert len(outbox.waiting(StoredKind.DETECTION, 100)) == kept
