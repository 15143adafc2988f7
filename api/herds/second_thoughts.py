"""Which events are one herd, all looked at together. Pure, and on plain numbers.

Told in order, a herd that comes where another just was is taken for it, and what comes later cannot
say so. Here the ends of two herds are changed over, single events change herds, herds are joined
and parted, for as long as that makes the whole less surprising.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from api.herds.measure import Look, roaming, surprise

LONGEST_WAY = 12
IMPOSSIBLE = 30.0  # as a number, so that of two impossible tales one is still less so
MOST_ROUNDS = 12
LEAST_GAIN = 1e-6
OTHERWISE = 3.0  # by no more does the same number of animals make up for a way


class Strand(NamedTuple):
    """One herd: which of the known ones it goes on from, -1 if it is new, and its events."""

    known: int
    events: tuple[int, ...]


NOBODY = Strand(-1, ())


class Change(NamedTuple):
    """What two herds may be instead, and how much less surprising that is."""

    gain: float
    to: tuple[Strand, Strand]


@dataclass(slots=True)
class Weaving:
    """The events of some hours, by number in the order of their beginning, and the herds about.

    `at_most` is the surprise of a new herd; `known` are the ways of herds that go on.
    """

    looks: Sequence[Look]
    known: Sequence[Sequence[Look]]
    at_most: float
    _costs: dict[Strand, float] = field(default_factory=dict)
    _changes: dict[tuple[Strand, Strand], Change] = field(default_factory=dict)
    _nears: dict[Strand, frozenset[int]] = field(default_factory=dict)
    _near_events: list[frozenset[int]] = field(init=False)
    _near_known: list[frozenset[int]] = field(init=False)

    def __post_init__(self) -> None:
        self._near_events = [self._near_of([look]) for look in self.looks]
        self._near_known = [self._near_of(way[-LONGEST_WAY:]) for way in self.known]

    def woven(self) -> list[Strand]:
        """Return the herds that the events most likely are; all known ones are among them."""
        strands = self._in_order()
        for _ in range(MOST_ROUNDS):
            better = self._better(strands)
            if better is None:
                break
            strands = better
        return strands

    def _in_order(self) -> list[Strand]:
        strands = [Strand(number, ()) for number in range(len(self.known))]
        for event, look in enumerate(self.looks):
            able = [
                (surprise(self._way(each), look), number)
                for number, each in enumerate(strands)
                if event in self._near(each)
            ]
            least, number = min(able, default=(self.at_most, -1))
            if number < 0 or least > self.at_most:
                strands.append(Strand(-1, (event,)))
            else:
                strands[number] = _and(strands[number], event)
        return strands

    def _better(self, strands: list[Strand]) -> list[Strand] | None:
        """Return the herds after the one change that gains most, None if none gains."""
        gain, found = LEAST_GAIN, None
        for number, one in enumerate(strands):
            for other in (*strands[number + 1 :], NOBODY):
                change = self._best_change(one, other)
                if change.gain > gain:
                    gain, found = change.gain, (one, other, change.to)
        if found is None:
            return None
        one, other, to = found
        kept = [each for each in strands if each is not one and each is not other]
        return kept + [each for each in to if each.events or each.known >= 0]

    def _best_change(self, one: Strand, other: Strand) -> Change:
        """Return what gains most between two herds: most pairs are as they were a round ago."""
        known = self._changes.get((one, other))
        if known is None:
            known = self._changes[one, other] = self._sought(one, other)
        return known

    def _sought(self, one: Strand, other: Strand) -> Change:
        best = Change(0.0, (one, other))
        if self._meet(one, other):
            now = self._cost(one) + self._cost(other)
            for pair in _changes(one, other):
                gain = now - self._cost(pair[0]) - self._cost(pair[1])
                if gain > best.gain:
                    best = Change(gain, pair)
        return best

    def _cost(self, strand: Strand) -> float:
        if not strand.events:
            return 0.0
        cost = self._costs.get(strand)
        if cost is None:
            before = Strand(strand.known, strand.events[:-1])
            way = self._way(before)
            last = surprise(way, self.looks[strand.events[-1]]) if way else self.at_most
            cost = self._costs[strand] = self._cost(before) + min(last, IMPOSSIBLE)
        return cost

    def _way(self, strand: Strand) -> list[Look]:
        way = [self.looks[event] for event in strand.events]
        if strand.known >= 0:
            way = sorted([*self.known[strand.known], *way], key=lambda look: look.since_h)
        return way[-LONGEST_WAY:]

    def _meet(self, one: Strand, other: Strand) -> bool:
        """Whether any of the two herds' looks can follow each other; a lone herd can part."""
        if other is NOBODY:
            return len(one.events) > 1
        return not (
            self._near(one).isdisjoint(other.events) and self._near(other).isdisjoint(one.events)
        )

    def _near(self, strand: Strand) -> frozenset[int]:
        """Return the events that may follow a look of this herd, or come before it."""
        near = self._nears.get(strand)
        if near is None:
            of_known = self._near_known[strand.known] if strand.known >= 0 else frozenset[int]()
            near = of_known.union(*(self._near_events[event] for event in strand.events))
            self._nears[strand] = near
        return near

    def _near_of(self, way: Sequence[Look]) -> frozenset[int]:
        most = most_roaming(self.at_most)
        return frozenset(
            event
            for event, look in enumerate(self.looks)
            if any(roaming(one, look) <= most for one in way)
        )


def most_roaming(at_most: float) -> float:
    """Return the roaming beyond which a look is rather of a herd of its own.

    Whatever the number of animals and their turning. `at_most` is the surprise that is borne.
    """
    return at_most + OTHERWISE


def _changes(one: Strand, other: Strand) -> Iterator[tuple[Strand, Strand]]:
    """Yield what two herds may be instead."""
    for event in sorted(one.events + other.events):  # the ends change over; joined, parted
        heads = [tuple(n for n in each.events if n < event) for each in (one, other)]
        tails = [each.events[len(head) :] for each, head in zip((one, other), heads, strict=True)]
        yield Strand(one.known, heads[0] + tails[1]), Strand(other.known, heads[1] + tails[0])
    for event in one.events:
        yield _without(one, event), _and(other, event)
    for event in other.events:
        yield _and(one, event), _without(other, event)
    if one.events and other.events:
        every = tuple(sorted(one.events + other.events))
        yield Strand(one.known, every), Strand(other.known, ())
        yield Strand(one.known, ()), Strand(other.known, every)


def _and(strand: Strand, event: int) -> Strand:
    return Strand(strand.known, tuple(sorted((*strand.events, event))))


def _without(strand: Strand, event: int) -> Strand:
    return Strand(strand.known, tuple(n for n in strand.events if n != event))
