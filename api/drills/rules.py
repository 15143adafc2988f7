"""Whom a drill is for and by which of their places, and what its result says."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from api.tables import AlertLevel, Geofence

MOST_IN_WINDOW = 6  # drills of a village or a site: practice must not become noise
WINDOW = timedelta(hours=1)


class Scope(StrEnum):
    """How far a drill goes."""

    PERSON = "person"
    VILLAGE = "village"
    SITE = "site"


def places_of(
    people: Iterable[int], follows: Mapping[int, Sequence[int]], fallback: int
) -> dict[int, list[int]]:
    """Return by geofence whom to ring for it: everybody once, for the first place they follow."""
    places: dict[int, list[int]] = {}
    for person in people:
        place = min(follows.get(person, ()), default=fallback)
        places.setdefault(place, []).append(person)
    return places


def distance_of(level: AlertLevel, geofence: Geofence) -> float:
    """Return how far from the geofence the herd of a drill would be, in metres."""
    if level is AlertLevel.DANGER:
        return 0.0
    if level is AlertLevel.WARNING:
        return geofence.buffer_m / 2
    return max(geofence.buffer_m, geofence.watch_m)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a drill came to one person, by one channel; seconds since it began."""

    person_id: int
    channel: str
    sent_s: float | None
    received_s: float | None
    shown_s: float | None
    opened_s: float | None

    @property
    def reached_s(self) -> float | None:
        """When the phone first said that it has it; None while it has not."""
        known = [at for at in (self.received_s, self.shown_s, self.opened_s) if at is not None]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class Summary:
    """A drill in four numbers."""

    people: int
    reached: int
    answered: int
    median_s: float | None  # from the order to the phones, of those reached


def summary_of(
    people: Collection[int], reached: Iterable[Reached], answered: Collection[int]
) -> Summary:
    """Count people, not phones: one who was reached twice was reached first by the faster way."""
    fastest: dict[int, float] = {}
    for each in reached:
        if each.reached_s is not None:
            known = fastest.get(each.person_id, each.reached_s)
            fastest[each.person_id] = min(known, each.reached_s)
    return Summary(
        people=len(people),
        reached=len(fastest),
        answered=len(set(answered)),
        median_s=round(median(fastest.values()), 1) if fastest else None,
    )


def seconds(since: datetime, at: datetime | None) -> float | None:
    """Return the seconds from one moment to another, None if that is not yet."""
    return None if at is None else round(max(0.0, (at - since).total_seconds()), 1)
