"""Which herds an event can concern: those about, those about these, and so on. Pure.

What is told again costs with the square of how much it is, and herds in the next valley have no
part in it. So only herds are looked at between which an event could change.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from api.herds.measure import Look, farthest_m, roaming

AnyHerd = TypeVar("AnyHerd")


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where a herd was seen: its looks, and the rectangle around them, in metres."""

    looks: Sequence[Look]
    west_m: float
    east_m: float
    south_m: float
    north_m: float

    @classmethod
    def of(cls, looks: Sequence[Look]) -> "_Ground":
        east, north = [each.east_m for each in looks], [each.north_m for each in looks]
        return cls(looks, min(east), max(east), min(north), max(north))

    def is_near(self, other: "_Ground", at_most: float, reach_m: float) -> bool:
        east_m = max(self.west_m - other.east_m, other.west_m - self.east_m, 0.0)
        north_m = max(self.south_m - other.north_m, other.south_m - self.north_m, 0.0)
        return math.hypot(east_m, north_m) <= reach_m and any(
            roaming(one, another) <= at_most for one in self.looks for another in other.looks
        )


def vicinity(
    begin: AnyHerd, looks: Mapping[AnyHerd, Iterable[Look]], at_most: float
) -> frozenset[AnyHerd]:
    """Return the herds that can have to do with one, that herd among them.

    Args:
        begin: the herd.
        looks: all herds, and each look at them.
        at_most: the roaming (`measure.roaming`) beyond which two looks are never one herd's.
    """
    grounds = {herd: _Ground.of(theirs) for herd, each in looks.items() if (theirs := tuple(each))}
    reach_m = farthest_m(at_most)
    found, asked = {begin}, [begin]
    while asked:
        here = grounds.pop(asked.pop(), None)
        if here is None:
            continue
        near = [
            herd
            for herd, there in grounds.items()
            if herd not in found and here.is_near(there, at_most, reach_m)
        ]
        found.update(near)
        asked += near
    return frozenset(found)
