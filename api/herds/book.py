"""What a batch of sightings does to herds, in memory: read before it, written after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from api.events.book import OpenEvent
from api.events.rules import Sighting
from api.herds.rules import Path, likeliest_herd, with_sighting
from api.position import Position

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

    def move(self, event: OpenEvent, sighting: Sighting) -> None:
        """Let it be where it was seen now."""
        path = with_sighting(
            self.path, sighting.position, sighting.seen_at, max(event.count, sighting.elephants)
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


class HerdBook:
    """The herds around a batch."""

    def __init__(self, herds: Iterable[OpenHerd]) -> None:
        self._grazing: dict[Grazing, list[OpenHerd]] = {}
        for herd in herds:
            self._grazing.setdefault((herd.site_id, herd.simulated), []).append(herd)
        self._by_id = {herd.id: herd for herd in self.all}
        self.of_event: dict[OpenEvent, OpenHerd] = {}

    @property
    def all(self) -> list[OpenHerd]:
        """Every herd, old and new."""
        return [herd for herds in self._grazing.values() for herd in herds]

    def join(self, event: OpenEvent, sighting: Sighting) -> OpenHerd:
        """Return the herd that the event belongs to: known, joined, or new."""
        herd = self._known(event) or self._reachable(sighting)
        if herd is None:
            herd = _new_herd(sighting)
            self._grazing.setdefault((herd.site_id, herd.simulated), []).append(herd)
        else:
            herd.move(event, sighting)
        self.of_event[event] = herd
        return herd

    def _known(self, event: OpenEvent) -> OpenHerd | None:
        joined = self.of_event.get(event)
        if joined is not None or event.herd_id is None:
            return joined
        return self._by_id[event.herd_id]

    def _reachable(self, sighting: Sighting) -> OpenHerd | None:
        grazing = self._grazing.get((sighting.site_id, sighting.simulated), ())
        return likeliest_herd(grazing, sighting.position, sighting.seen_at, sighting.elephants)


def _new_herd(sighting: Sighting) -> OpenHerd:
    return OpenHerd(
        id=None,
        site_id=sighting.site_id,
        simulated=sighting.simulated,
        position=sighting.position,
        first_seen_at=sighting.seen_at,
        last_seen_at=sighting.seen_at,
        count=sighting.elephants,
        path=with_sighting((), sighting.position, sighting.seen_at, sighting.elephants),
    )
