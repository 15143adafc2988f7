"""How long it takes to find the geofences that a herd concerns, among very many."""

import random
import time
from dataclasses import dataclass

from api.bench.valley import a_fence, somewhere
from api.geofences.fence_map import FenceMap

PLACES = 2_000


@dataclass(frozen=True, slots=True)
class Matching:
    """Milliseconds for one new place; `arrange_ms` is paid once for each change of the map."""

    geofences: int
    places: int
    p50: float
    p99: float
    arrange_ms: float


def measure_matching(geofences: int, chance: random.Random) -> Matching:
    """Ask for places that nobody has asked for before, so that no answer is remembered.

    Phone cells are asked of the database and not of a map in memory: they are no part of this.
    """
    fences = [a_fence(number, chance) for number in range(geofences)]
    begun = time.perf_counter()
    fence_map = FenceMap(fences)
    arranged_s = time.perf_counter() - begun
    took_ms = []
    for _ in range(PLACES):
        place = somewhere(chance)
        begun = time.perf_counter()
        fence_map.approaches(place, people_beside=False)
        took_ms.append(1000 * (time.perf_counter() - begun))
    took_ms.sort()
    return Matching(
        geofences,
        PLACES,
        p50=round(took_ms[PLACES // 2], 3),
        p99=round(took_ms[PLACES * 99 // 100], 3),
        arrange_ms=round(1000 * arranged_s, 1),
    )
