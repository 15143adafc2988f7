"""Recent events told anew, with what is known of each by now. Pure.

The first picture of a herd shows a tail or a trunk; a quarter of an hour later one knows that it
was a dozen. So whose an event is, is not decided once: what happened in the last hours is told
again from its beginning, and looked at as a whole.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from api.herds.measure import look
from api.herds.rules import Path, looks_of, with_sighting
from api.herds.second_thoughts import Weaving
from api.position import LocalPlane, Position

TOLD_AGAIN = timedelta(hours=6)
MOST_EVENTS = 40  # of a site, the newest: telling them takes some milliseconds


class Seen(Protocol):
    """An event as it is known by now."""

    @property
    def position(self) -> Position:
        """Where its camera is."""

    @property
    def started_at(self) -> datetime:
        """When animals were seen first."""

    @property
    def ended_at(self) -> datetime:
        """When they were seen last."""

    @property
    def count(self) -> int:
        """The most animals seen at once."""

    @property
    def looks(self) -> int:
        """How often animals were told of, 0 if nobody has kept that."""

    @property
    def animals(self) -> int:
        """How many in all of these."""

    @property
    def heading_deg(self) -> float | None:
        """Where they went when that was seen last: 0 north, 90 east."""


AnyEvent = TypeVar("AnyEvent", bound=Seen)
AnyHerd = TypeVar("AnyHerd")


@dataclass(slots=True, eq=False)
class Retold(Generic[AnyEvent, AnyHerd]):
    """A herd as it is told now; `herd` is whom it was known as, None if it is new."""

    herd: AnyHerd | None
    path: Path = ()
    events: list[AnyEvent] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The most animals seen at once."""
        return max(stay.count for stay in self.path)


def retold(
    events: Iterable[AnyEvent],
    before: Mapping[AnyHerd, Path],
    herd_of: Callable[[AnyEvent], AnyHerd | None],
    at_most: float,
) -> list[Retold[AnyEvent, AnyHerd]]:
    """Return the herds that the events most likely are, all that is known of them together.

    Args:
        events: those to be told again.
        before: the ways of herds that are known apart from these events.
        herd_of: whose an event was until now. A herd that is told anew keeps its name if most of
            its events had it.
        at_most: the surprise that is borne before it is another herd.
    """
    told = sorted(events, key=lambda each: each.started_at)
    herds = [(herd, path) for herd, path in before.items() if path]
    if not told:
        return [Retold(herd, path) for herd, path in herds]
    plane = LocalPlane(told[0].position)
    weaving = Weaving(
        [
            look(
                plane,
                each.position,
                each.started_at,
                each.ended_at,
                each.count,
                each.looks,
                each.animals,
                each.heading_deg,
            )
            for each in told
        ],
        [looks_of(path, plane) for _, path in herds],
        at_most,
    )
    tales: list[Retold[AnyEvent, AnyHerd]] = []
    for strand in weaving.woven():
        herd, path = herds[strand.known] if strand.known >= 0 else (None, ())
        tale = Retold[AnyEvent, AnyHerd](herd, path, [told[number] for number in strand.events])
        for event in tale.events:
            tale.path = with_event(tale.path, event)
        tales.append(tale)
    _name(tales, herd_of)
    return tales


def with_event(path: Path, event: Seen) -> Path:
    """Return a path that goes through all of one more event."""
    path = with_sighting(
        path,
        event.position,
        event.started_at,
        event.count,
        event.looks,
        event.animals,
        event.heading_deg,
    )
    return with_sighting(
        path, event.position, event.ended_at, event.count, heading_deg=event.heading_deg
    )


def _name(
    tales: Sequence[Retold[AnyEvent, AnyHerd]], herd_of: Callable[[AnyEvent], AnyHerd | None]
) -> None:
    """Let each herd be known as most of its events were, if no other is."""
    taken = {tale.herd for tale in tales if tale.herd is not None}
    votes = [
        (-count, number, tale, herd)
        for number, tale in enumerate(tales)
        if tale.herd is None
        for herd, count in Counter(map(herd_of, tale.events)).items()
        if herd is not None
    ]
    for _, _, tale, herd in sorted(votes, key=lambda each: each[:2]):
        if tale.herd is None and herd not in taken:
            tale.herd = herd
            taken.add(herd)
