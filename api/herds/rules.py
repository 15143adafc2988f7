"""Which sightings can be the same animals, walking."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.position import Position, distance_m

# First values, to be replaced by ones from the literature on walking speeds and group spread.
WALKING_M_PER_S = 1.9  # a brisk walk: cutting one herd in two rings twice, which is the lesser evil
SPREAD_M = 500.0  # how far apart the animals of one herd feed
OVER_AFTER = timedelta(hours=3)  # a herd that nobody saw for so long is not followed any more


@dataclass(frozen=True, slots=True)
class HerdTrace:
    """Where and when a herd was last seen."""

    herd_id: int
    position: Position
    last_seen_at: datetime


def could_have_walked(trace: HerdTrace, position: Position, seen_at: datetime) -> bool:
    """Whether an elephant of this herd can have been at that place at that time."""
    apart = abs(seen_at - trace.last_seen_at)
    reach_m = SPREAD_M + WALKING_M_PER_S * apart.total_seconds()
    return apart <= OVER_AFTER and distance_m(trace.position, position) <= reach_m


def nearest_herd(
    traces: Iterable[HerdTrace], position: Position, seen_at: datetime
) -> HerdTrace | None:
    """Return the nearest of the herds that can have walked here, None if there is none."""
    near = [trace for trace in traces if could_have_walked(trace, position, seen_at)]
    return min(
        near, key=lambda trace: (distance_m(trace.position, position), trace.herd_id), default=None
    )
