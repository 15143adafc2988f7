from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.contracts.messages import StoredItem, StoredKind
from edge_agent.flight import Flight
from edge_agent.lanes import leaving
from edge_agent.outbox import Letter, Outbox
from tests.edge_agent.builders import DUSK, a_message

SINCE = DUSK - timedelta(minutes=15)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db") as outbox:
        yield outbox


def keep(outbox: Outbox, name: str, seen_at: datetime, *, picture: bool = True) -> str:
    message = a_message(captured_at=seen_at, deployment_id=name)
    outbox.keep(message, f"picture {name}".encode() if picture else None)
    return str(message.id)


def keep_sample(outbox: Outbox, seen_at: datetime) -> None:
    outbox.keep_sample(f"sample-{seen_at:%H%M%S}", seen_at, b"a sample")


def send_all(
    outbox: Outbox, flight: Flight, *, only_warnings: bool = False, at_most: int = 10_000
) -> list[Letter]:
    """Send what may leave; the server stores each at once. Return it in order."""
    order: list[Letter] = []
    while len(order) < at_most:
        before = len(order)
        for ticket, letter in enumerate(
            leaving(outbox, flight, SINCE, 0, only_warnings=only_warnings)
        ):
            flight.left(letter, ticket, 0)
            order.append(letter)
        for letter in order[before:]:
            item = StoredItem(kind=letter.kind, id=letter.id, revision=letter.revision)
            outbox.forget([item])
            flight.landed(letter.kind, letter.id, letter.revision)
        if len(order) == before:
            return order
    return order


def test_fresh_before_pictures_before_old_before_old_pictures_before_samples(
    outbox: Outbox,
) -> None:
    old = DUSK - timedelta(days=9)
    keep_sample(outbox, old)
    oldest = keep(outbox, "oldest", old)
    older = keep(outbox, "older", old + timedelta(days=1))
    first = keep(outbox, "first", DUSK - timedelta(minutes=2))
    last = keep(outbox, "last", DUSK - timedelta(minutes=1))

    order = send_all(outbox, Flight(limit=5, pictures=2))

    kinds = [letter.kind for letter in order]
    assert [letter.id for letter in order if letter.kind is StoredKind.DETECTION] == [
        last,
        first,
        oldest,
        older,
    ]
    media, detection = StoredKind.MEDIA, StoredKind.DETECTION
    assert kinds[:6] == [detection, detection, media, media, detection, detection]
    assert kinds[6:] == [media, media, StoredKind.SAMPLE]
    assert outbox.unsent() == 0


def test_no_picture_leaves_while_a_warning_waits(outbox: Outbox) -> None:
    for minute in range(8):
        keep(outbox, f"{minute}", DUSK - timedelta(minutes=minute))
    flight = Flight(limit=3)

    letters = []
    for ticket, letter in enumerate(leaving(outbox, flight, SINCE, 0, only_warnings=False)):
        flight.left(letter, ticket, 0)
        letters.append(letter)

    assert [letter.kind for letter in letters] == [StoredKind.DETECTION] * 3


def test_a_backlog_in_the_air_leaves_places_for_a_warning(outbox: Outbox) -> None:
    for day in range(60):
        keep(outbox, f"{day}", DUSK - timedelta(days=day + 1), picture=False)
    flight = Flight(limit=20)
    for ticket, letter in enumerate(leaving(outbox, flight, SINCE, 0, only_warnings=False)):
        flight.left(letter, ticket, 0)

    warning = keep(outbox, "now", DUSK, picture=False)

    assert [one.id for one in leaving(outbox, flight, SINCE, 0, only_warnings=False)] == [warning]


def test_with_the_days_data_used_up_only_warnings_leave(outbox: Outbox) -> None:
    keep(outbox, "old", DUSK - timedelta(hours=1))
    fresh = keep(outbox, "fresh", DUSK)
    keep_sample(outbox, DUSK)

    order = send_all(outbox, Flight(), only_warnings=True)

    assert [letter.id for letter in order] == [fresh]
    assert outbox.unsent() == 4


def test_a_sighting_that_goes_on_is_fresh_by_when_it_was_seen_last(outbox: Outbox) -> None:
    began_at = DUSK - timedelta(hours=1)
    outbox.keep(a_message(captured_at=began_at, last_seen_at=DUSK), None)

    assert len(outbox.fresh(StoredKind.DETECTION, SINCE, 10)) == 1
