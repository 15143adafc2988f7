"""Which sightings can be the same animals, walking."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from api.position import Position, distance_m

# First values, to be replaced by ones from the literature on walking speeds and group spread.
WALKING_M_PER_S = 1.9  # a brisk walk: cutting one herd in two rings twice, which is the lesser evil
SPREAD_M = 500.0  # how far apart the animals of one herd feed
OVER_AFTER = timedelta(hours=3)  # a herd that nobody saw for so long is not followed any more


class Trace(Protocol):
    """Where and when a herd was last seen."""

    position: Position
    last_seen_at: datetime


AnyTrace = TypeVar("AnyTrace", bound=Trace)


def could_have_walked(trace: Trace, position: Position, seen_at: datetime) -> bool:
    """Whether an elephant of this herd can have been at that place at that time."""
    apart = abs(seen_at - trace.last_seen_at)
    reach_m = SPREAD_M + WALKING_M_PER_S * apart.total_seconds()
    return apart <= OVER_AFTER and distance_m(trace.position, position) <= reach_m


def nearest_herd(
    traces: Iterable[AnyTrace], position: Position, seen_at: datetime
) -> AnyTrace | None:
    """Return the nearest of the herds that can have walked here, None if there is none.

    Of two that are equally near it is the first.
    """
    near = [trace for trace in traces if could_have_walked(trace, position, seen_at)]
    return min(near, key=lambda trace: distance_m(trace.position, position), default=None)
