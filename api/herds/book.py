"""What a batch of sightings does to herds, in memory: read before it, written after it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.events.book import OpenEvent
from api.events.rules import Sighting
from api.herds.measure import JOINS_WITHIN, look
from api.herds.retelling import MOST_EVENTS, TOLD_AGAIN, Retold, retold
from api.herds.rules import (
    NEW_A_DAY,
    Path,
    likeliest_herd,
    looks_of,
    most_surprise,
    with_sighting,
)
from api.herds.second_thoughts import most_roaming
from api.herds.vicinity import vicinity
from api.position import LocalPlane, Position

Grazing = tuple[str, bool]  # a site, and whether it is a drill: herds of two never meet


@dataclass(slots=True, eq=False)
class OpenHerd:
    """A herd that more events may join; it has no `id` before it is kept."""

    id: int | None
    site_id: str
    simulated: bool
    position: Position
    first_seen_at: datetime
    last_seen_at: datetime
    count: int
    path: Path = ()
    is_changed: bool = False
    is_settled: bool = False  # people have put it right: its events are not judged again
    went_into: "OpenHerd | None" = None  # none of its events is its own any more

    def move(self, event: OpenEvent, sighting: Sighting) -> None:
        """Let it be where it was seen now."""
        path = with_sighting(
            self.path,
            sighting.position,
            sighting.seen_at,
            max(event.count, sighting.elephants),
            looks=1,
            animals=sighting.elephants,
            heading_deg=sighting.heading_deg,
        )
        if path != self.path:
            self.path, self.is_changed = path, True
        if sighting.seen_at < self.first_seen_at:
            self.first_seen_at, self.is_changed = sighting.seen_at, True
        if event.count > self.count:
            self.count, self.is_changed = event.count, True
        # Late news completes the story but does not turn the herd back.
        if sighting.seen_at >= self.last_seen_at:
            self.last_seen_at, self.position = sighting.seen_at, sighting.position
            self.is_changed = True


@dataclass(frozen=True, slots=True)
class Move:
    """An event that was taken for one herd's and is another's, as is known by now."""

    event: OpenEvent
    left: OpenHerd
    joined: OpenHerd


class HerdBook:
    """The herds around a batch, and the `events` of which they are.

    `new_a_day` is how many herds a day come to a site, by site.
    """

    def __init__(
        self,
        herds: Iterable[OpenHerd],
        events: Iterable[OpenEvent] = (),
        new_a_day: Mapping[str, float] | None = None,
    ) -> None:
        self._grazing: dict[Grazing, list[OpenHerd]] = {}
        for herd in herds:
            self._grazing.setdefault((herd.site_id, herd.simulated), []).append(herd)
        self._by_id = {herd.id: herd for herd in self.all}
        self.of_event: dict[OpenEvent, OpenHerd] = {}
        self._new_a_day = new_a_day or {}
        self._events = [each for each in events if each.herd_id is not None and not each.simulated]
        self._told = {event: (event.started_at, event.count) for event in self._events}
        self.gone: list[OpenHerd] = []

    @property
    def all(self) -> list[OpenHerd]:
        """Every herd, old and new."""
        return [herd for herds in self._grazing.values() for herd in herds]

    def join(self, event: OpenEvent, sighting: Sighting) -> tuple[OpenHerd, list[Move]]:
        """Return the herd that the event belongs to: known, joined, or new; and what that moves.

        An event that says more than before can show that others were taken for the wrong herd's.
        Drills are left as they were told.
        """
        herd = self._known(event) or self._reachable(sighting)
        if herd is None:
            herd = _new_herd(sighting)
            self._grazing.setdefault((herd.site_id, herd.simulated), []).append(herd)
        else:
            herd.move(event, sighting)
        self.of_event[event] = herd
        if event.simulated or self._told.get(event) == (event.started_at, event.count):
            return herd, []
        if event not in self._told:
            self._events.append(event)
        self._told[event] = (event.started_at, event.count)
        moves = self._tell_again(herd, sighting)
        return self.of_event[event], moves

    def _known(self, event: OpenEvent) -> OpenHerd | None:
        joined = self.of_event.get(event)
        if joined is not None or event.herd_id is None:
            return joined
        return self._by_id[event.herd_id]

    def _reachable(self, sighting: Sighting) -> OpenHerd | None:
        grazing = self._grazing.get((sighting.site_id, sighting.simulated), ())
        at_most = self._at_most(sighting.site_id)
        return likeliest_herd(
            grazing, sighting.position, sighting.seen_at, sighting.elephants, at_most
        )

    def _at_most(self, site_id: str) -> float:
        return most_surprise(self._new_a_day.get(site_id, NEW_A_DAY))

    def _tell_again(self, herd: OpenHerd, sighting: Sighting) -> list[Move]:
        around = [event for event in self._events if self._is_open(event, sighting)]
        about = self._herds_about(herd, sighting, around)
        events = sorted(
            (event for event in around if self._known(event) in about),
            key=lambda event: event.started_at,
        )[-MOST_EVENTS:]
        if not events:
            return []
        before = self._known_before(sighting, events, about)
        tales = retold(events, before, self._known, self._at_most(sighting.site_id))
        since = events[0].started_at
        # A long path has lost its beginning: what was seen before goes on, whatever moves.
        kept = {tale.herd for tale in tales}
        moves: list[Move] = []
        for tale in tales:
            own = tale.herd or _new_herd(sighting)  # told from its events below
            came = [
                Move(event, left, own)
                for event in tale.events
                if (left := self._known(event)) is not None and left is not own
            ]
            if tale.herd is None:
                self._grazing[own.site_id, own.simulated].append(own)
            self.of_event.update((move.event, move.joined) for move in came)
            moves += came
        touched = {herd for move in moves for herd in (move.left, move.joined)}
        for tale in tales:
            told = self._of_tale(tale)
            if told is not None and told in touched:
                _retell(told, tale, is_older=bool(before.get(told)) or told.first_seen_at < since)
        for move in moves:
            is_older = move.left.first_seen_at < since
            if move.left not in kept and not is_older and move.left.went_into is None:
                move.left.went_into = move.joined
                self._grazing[move.left.site_id, move.left.simulated].remove(move.left)
                self.gone.append(move.left)
        return moves

    def _of_tale(self, tale: Retold[OpenEvent, OpenHerd]) -> OpenHerd | None:
        return self.of_event.get(tale.events[0]) or tale.herd if tale.events else tale.herd

    def _is_open(self, event: OpenEvent, sighting: Sighting) -> bool:
        """Whether an event is one of the last hours at the site, and people have not placed it."""
        herd = self._known(event)
        return (
            event.site_id == sighting.site_id
            and abs(event.started_at - sighting.seen_at) <= TOLD_AGAIN
            and herd is not None
            and not herd.is_settled
        )

    def _herds_about(
        self, herd: OpenHerd, sighting: Sighting, events: Iterable[OpenEvent]
    ) -> frozenset[OpenHerd]:
        """Return the herds that this one's events can be of instead, and the other way round."""
        plane = LocalPlane(sighting.position)
        looks = {
            each: looks_of(each.path, plane)
            for each in self._grazing[sighting.site_id, sighting.simulated]
        }
        for event in events:
            owner = self._known(event)
            if owner is not None:
                looks.setdefault(owner, []).append(
                    look(plane, event.position, event.started_at, event.ended_at, event.count)
                )
        return vicinity(herd, looks, most_roaming(self._at_most(sighting.site_id)))

    def _known_before(
        self, sighting: Sighting, events: Collection[OpenEvent], about: Collection[OpenHerd]
    ) -> dict[OpenHerd, Path]:
        """Return the ways of the herds about, but for where they were in these events."""
        since = min(event.started_at for event in events)
        until = max(event.ended_at for event in events)
        theirs = {self._known(event) for event in events}
        return {
            herd: herd.path
            if herd.is_settled
            else tuple(stay for stay in herd.path if not since <= stay.since <= until)
            for herd in self._grazing[sighting.site_id, sighting.simulated]
            if herd in theirs
            or (herd in about and abs(herd.last_seen_at - sighting.seen_at) <= JOINS_WITHIN)
        }


def _retell(herd: OpenHerd, tale: Retold[OpenEvent, OpenHerd], *, is_older: bool) -> None:
    newest = max(tale.path, key=lambda stay: stay.until)
    first = tale.path[0].since
    herd.path, herd.count = tale.path, tale.count
    herd.first_seen_at = min(first, herd.first_seen_at) if is_older else first
    herd.last_seen_at, herd.position = newest.until, newest.position
    herd.is_changed = True


def _new_herd(sighting: Sighting) -> OpenHerd:
    return OpenHerd(
        id=None,
        site_id=sighting.site_id,
        simulated=sighting.simulated,
        position=sighting.position,
        first_seen_at=sighting.seen_at,
        last_seen_at=sighting.seen_at,
        count=sighting.elephants,
        path=with_sighting(
            (),
            sighting.position,
            sighting.seen_at,
            sighting.elephants,
            1,
            sighting.elephants,
            sighting.heading_deg,
        ),
    )
