"""What leaves first: fresh sightings, fresh pictures, old sightings, old pictures, samples.

Fresh is what may still ring a phone: the last seen leaves first. Of the rest the oldest leaves
first, so that a station that was alone for weeks tells its story from the beginning.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edge_agent.contracts.messages import StoredKind
from edge_agent.flight import Flight
from edge_agent.outbox import Letter, Outbox

_WIDE = 20  # more than may leave at once, so that what is on its way does not hide what waits
_KEPT_FREE = 4


class _Asks(Protocol):
    def __call__(
        self, outbox: Outbox, kind: StoredKind, since: datetime, limit: int
    ) -> list[Letter]: ...


@dataclass(frozen=True, slots=True)
class Lane:
    """Letters of one kind and age. `goes_first`: no later lane moves while one of it must wait.

    `keeps_free` are the places in the air that it leaves to warnings.
    """

    kind: StoredKind
    ask: _Asks
    goes_first: bool = True
    keeps_free: int = 0
    is_warning: bool = False


def _fresh(outbox: Outbox, kind: StoredKind, since: datetime, limit: int) -> list[Letter]:
    return outbox.fresh(kind, since, limit)


def _late(outbox: Outbox, kind: StoredKind, since: datetime, limit: int) -> list[Letter]:
    return outbox.late(kind, since, limit)


def _oldest(outbox: Outbox, kind: StoredKind, since: datetime, limit: int) -> list[Letter]:
    return outbox.late(kind, since, limit) or outbox.fresh(kind, since, limit)


LANES = (
    Lane(StoredKind.DETECTION, _fresh, is_warning=True),
    # A picture over 2G takes half a minute: old sightings need not wait for it.
    Lane(StoredKind.MEDIA, _fresh, goes_first=False),
    Lane(StoredKind.DETECTION, _late, keeps_free=_KEPT_FREE),
    Lane(StoredKind.MEDIA, _late),
    Lane(StoredKind.SAMPLE, _oldest),
)


def leaving(
    outbox: Outbox, flight: Flight, since: datetime, now_s: float, *, only_warnings: bool
) -> Iterator[Letter]:
    """Yield what may leave now, the most urgent first.

    Each letter is to be sent, and the flight told, before the next one is asked for. `since` parts
    fresh from old; `now_s` is the flight's clock.
    """
    wide = len(flight) + _WIDE
    for lane in LANES:
        if only_warnings and not lane.is_warning:
            return
        waiting = lane.ask(outbox, lane.kind, since, wide)
        yield from flight.choose(waiting, lane.kind, now_s, keep_free=lane.keeps_free)
        if lane.goes_first and not all(flight.carries(letter) for letter in waiting):
            return
