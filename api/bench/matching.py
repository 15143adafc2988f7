"""How long it takes to find whom a herd concerns: among very many geofences and phone cells."""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from api.bench.crowd import settle_crowd
from api.bench.valley import SITE_ID, Size, a_fence, settle, somewhere
from api.calm import calm_collector
from api.database import Database
from api.geofences.fence_map import FenceMap
from api.people.crowd import Crowd

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
    """Ask for places that nobody has asked for before, so that no answer is remembered."""
    fences = [a_fence(number, chance) for number in range(geofences)]
    begun = time.perf_counter()
    fence_map = FenceMap(fences)
    arranged_s = time.perf_counter() - begun
    calm_collector()  # as the server does when it starts
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


@dataclass(frozen=True, slots=True)
class Nearby:
    """Milliseconds to see whether anybody has shared a cell since, and who shares one near a place.

    `found` is how many that are on average; `read_ms` is paid once, when a process starts.
    """

    cells: int
    places: int
    found: float
    p50: float
    p99: float
    read_ms: float


async def measure_nearby(database: Database, cells: int, places: int) -> Nearby:
    """Ask who is near, with so many phones sharing their cell all over the valley."""
    chance, now = random.Random(cells), datetime.now(UTC)
    await settle(database, Size(0, 1, 1), chance)
    await settle_crowd(database, cells, chance, villages=[1], now=now, shares_cells=True)
    took_ms, found, crowd = [], 0, Crowd()
    calm_collector()
    async with database.reading(brief=True) as session:  # as the dispatcher asks
        begun = time.perf_counter()
        await crowd.catch_up(session, now)
        read_ms = 1000 * (time.perf_counter() - begun)
        for _ in range(places):
            place = somewhere(chance)
            begun = time.perf_counter()
            await crowd.catch_up(session, now)
            found += len(crowd.near(SITE_ID, place, now))
            took_ms.append(1000 * (time.perf_counter() - begun))
    took_ms.sort()
    return Nearby(
        cells,
        places,
        found=round(found / places, 1),
        p50=round(took_ms[places // 2], 3),
        p99=round(took_ms[places * 99 // 100], 3),
        read_ms=round(read_ms, 1),
    )
