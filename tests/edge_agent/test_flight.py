from edge_agent.contracts.messages import StoredKind
from edge_agent.flight import Flight
from edge_agent.outbox import Letter


def letters(number: int, kind: StoredKind = StoredKind.DETECTION) -> list[Letter]:
    return [Letter(kind, f"id-{i}", 1) for i in range(number)]


def choose(flight: Flight, waiting: list[Letter], now_s: float) -> list[Letter]:
    return flight.choose(waiting, waiting[0].kind, now_s)


def test_no_more_than_the_limit_is_on_its_way() -> None:
    flight = Flight(limit=3)
    for ticket, letter in enumerate(choose(flight, letters(10), 0)):
        flight.left(letter, ticket, 0)

    assert len(flight) == 3
    assert not choose(flight, letters(10), 1)


def test_what_the_connection_still_carries_is_not_sent_again() -> None:
    flight = Flight(resend_after_s=10)
    (letter,) = letters(1)
    flight.left(letter, 1, 0)

    assert not choose(flight, [letter], 1000)
    assert flight.stuck_for_s(1000) == 1000


def test_without_a_receipt_it_is_sent_again_with_growing_patience() -> None:
    flight = Flight(resend_after_s=10, at_most_s=25)
    (letter,) = letters(1)
    sent_s, waits = 0, []
    for ticket in range(4):
        flight.left(letter, ticket, sent_s)
        flight.acknowledged(ticket, sent_s)
        again_s = next(s for s in range(sent_s, sent_s + 100) if choose(flight, [letter], s))
        waits.append(again_s - sent_s)
        sent_s = again_s

    assert waits == [10, 20, 25, 25]


def test_a_grown_sighting_waits_for_no_receipt_of_its_older_self() -> None:
    flight = Flight()
    flight.left(Letter(StoredKind.DETECTION, "id", 1), 1, 0)

    assert choose(flight, [Letter(StoredKind.DETECTION, "id", 2)], 0)


def test_a_receipt_for_the_older_revision_leaves_the_newer_flying() -> None:
    flight = Flight()
    flight.left(Letter(StoredKind.DETECTION, "id", 2), 1, 0)

    flight.landed(StoredKind.DETECTION, "id", 1)

    assert len(flight) == 1


def test_a_server_that_never_answers_does_not_hold_up_a_fresh_sighting() -> None:
    flight = Flight(limit=2, resend_after_s=10)
    for ticket, letter in enumerate(letters(2)):
        flight.left(letter, ticket, 0)
        flight.acknowledged(ticket, 0)
    fresh = Letter(StoredKind.DETECTION, "fresh", 1)

    assert fresh in choose(flight, [fresh, *letters(2)], 11)


def test_a_lost_connection_sends_everything_again() -> None:
    flight = Flight()
    (letter,) = letters(1)
    flight.left(letter, 1, 0)

    flight.grounded()

    assert choose(flight, [letter], 0.1) == [letter]


def test_pictures_leave_few_at_a_time() -> None:
    flight = Flight(pictures=2)

    assert len(choose(flight, letters(10, StoredKind.MEDIA), 0)) == 2
