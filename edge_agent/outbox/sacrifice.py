"""What is given up when the disk budget is used up, in this order; unsent sightings never are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from edge_agent.contracts.messages import StoredKind
from edge_agent.outbox.shelf import Shelf

_PER_LETTER_BYTES = 8192  # a row is rounded up to whole pages


@dataclass(frozen=True, slots=True)
class Sacrifice:
    """One kind of letters to give up; `which` selects the first to go."""

    name: str
    which: str


ORDER = (
    Sacrifice(
        "pictures that the server has",
        "SELECT number FROM letters WHERE stored_at IS NOT NULL ORDER BY number LIMIT 1",
    ),
    Sacrifice(
        "messages that the server could not read, and has kept",
        "SELECT number FROM letters WHERE refused_because IS NOT NULL ORDER BY number LIMIT 1",
    ),
    Sacrifice(
        "samples",
        "SELECT number FROM letters INDEXED BY letters_by_sight"  # noqa: S608 (constants)
        f" WHERE kind = '{StoredKind.SAMPLE}' AND refused_because IS NULL AND stored_at IS NULL"
        " ORDER BY seen_at, number LIMIT 1",
    ),
    Sacrifice(
        "unsent pictures of the oldest sightings",
        "SELECT number FROM letters INDEXED BY letters_by_sight"  # noqa: S608 (constants)
        f" WHERE kind = '{StoredKind.MEDIA}' AND refused_because IS NULL AND stored_at IS NULL"
        " ORDER BY seen_at, number LIMIT 1",
    ),
)


FOR_A_SAMPLE = ORDER[:3]
"""What a new sample may take the place of: it is worth more than an older one, and no more."""


def make_room(
    shelf: Shelf,
    size_bytes: int,
    letters: int,
    capacity_bytes: int,
    *,
    order: Sequence[Sacrifice] = ORDER,
) -> Counter[str]:
    """Give up what has to be given up for some letters; return how many of what.

    Stops when there is room, or nothing more that may be given up: see `has_room`. To be called
    within the transaction that keeps the letters.
    """
    given_up: Counter[str] = Counter()
    for sacrifice in order:
        while not has_room(shelf, size_bytes, letters, capacity_bytes):
            if not shelf.delete(sacrifice.which):
                break
            given_up[sacrifice.name] += 1
    return given_up


def has_room(shelf: Shelf, size_bytes: int, letters: int, capacity_bytes: int) -> bool:
    """Whether so many letters of this size together fit."""
    needed_bytes = size_bytes + letters * _PER_LETTER_BYTES
    return shelf.used_bytes + needed_bytes <= capacity_bytes
