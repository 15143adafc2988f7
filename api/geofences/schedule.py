"""When a geofence counts: a school way matters on school mornings, a road while buses run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours on days of the week, as minutes after midnight at the site; the end is excluded.

    An end that is not later than the start is on the next day: a night belongs to the day on which
    it begins.
    """

    days: frozenset[int]  # 0 is Monday
    from_min: int
    until_min: int

    def holds(self, local: datetime) -> bool:
        """Whether a moment of the site's own clock falls into it."""
        minute = local.hour * 60 + local.minute
        since = (minute - self.from_min) % DAY_MIN
        lasts = (self.until_min - self.from_min) % DAY_MIN or DAY_MIN
        began = local.date() - timedelta(days=1 if minute < self.from_min else 0)
        return since < lasts and began.weekday() in self.days


@dataclass(frozen=True, slots=True)
class Schedule:
    """All openings of a geofence, by the clock of its site."""

    openings: tuple[Opening, ...]
    zone: tzinfo

    def is_open(self, moment: datetime) -> bool:
        """Whether the geofence counts at a moment."""
        local = moment.astimezone(self.zone)
        return any(opening.holds(local) for opening in self.openings)


def read_schedule(kept: Sequence[dict[str, Any]] | None, zone: tzinfo) -> Schedule | None:
    """Return the schedule of what is kept of it (see `Hours` in geojson.py); None is always."""
    if not kept:
        return None
    return Schedule(tuple(_opening(each) for each in kept), zone)


def _opening(kept: dict[str, Any]) -> Opening:
    days = frozenset(DAYS.index(day) for day in kept["days"])
    return Opening(days, _minutes(kept["from"]), _minutes(kept["until"]))


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
