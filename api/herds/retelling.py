"""Recent events told anew, with what is known of each by now. Pure.

The first picture of a herd shows a tail or a trunk; a quarter of an hour later one knows that it
was a dozen. So whose an event is, is not decided once: what happened in the last hours is told
again from its beginning, in the order in which it happened.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from api.herds.rules import Path, likeliest_herd, with_sighting
from api.position import Position

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
    """Return the herds that the events are, told in the order in which they happened.

    Args:
        events: those to be told again.
        before: the ways of herds that are known apart from these events.
        herd_of: whose an event was until now. A herd that is told anew keeps its name if most of
            its events had it.
        at_most: the surprise that is borne before it is another herd.
    """
    tales: list[Retold[AnyEvent, AnyHerd]] = [
        Retold(herd, path) for herd, path in before.items() if path
    ]
    for event in sorted(events, key=lambda each: each.started_at):
        tale = likeliest_herd(tales, event.position, event.started_at, event.count, at_most)
        if tale is None:
            tale = Retold(None)
            tales.append(tale)
        for moment in (event.started_at, event.ended_at):
            tale.path = with_sighting(tale.path, event.position, moment, event.count)
        tale.events.append(event)
    _name(tales, herd_of)
    return tales


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
