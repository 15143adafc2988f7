"""Makes the tables of `api/herds/forecast.py` from months: how far, how likely, how soon.

Looks at the truth alone (which glimpses are whose, and where the herd was), never at the rules.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.bench.month.glimpse import Glimpse
from api.bench.month.landscape import Spot, Village
from api.bench.month.month import a_month
from api.bench.month.told import ASKED_EVERY
from api.bench.month.verdict import position_at, when_it_enters
from api.bench.month.walker import Passage
from api.herds.forecast import CHANCES, COMES_FROM, FAR_M, REACH_MIN, SHARE, Bearing, bearing_of
from api.herds.measure import LONGEST_LEG
from api.herds.rules import Course

LEAST_CASES = 12


@dataclass(frozen=True, slots=True)
class Sight:
    """A herd before a camera, and what was known of its course."""

    passage: Passage
    glimpse: Glimpse
    here: Spot
    course: Course | None


class _Experience:
    """What was seen of herds: how far they got, and whether and when they came to villages."""

    def __init__(self) -> None:
        self.reaches: dict[int, list[float]] = defaultdict(list)  # by minutes
        self.minutes: dict[int, list[float]] = defaultdict(list)  # by place in FAR_M
        self.came: dict[tuple[Bearing, int], list[bool]] = defaultdict(list)

    def add(self, sight: Sight, villages: Iterable[Village]) -> None:
        """Look at what became of a herd after a sighting."""
        if sight.course is None:
            for after in REACH_MIN:
                spot = position_at(sight.passage, sight.glimpse.at + timedelta(minutes=after))
                if spot is not None:
                    self.reaches[after].append(math.dist(spot, sight.here))
        for village in villages:
            far_m, towards_deg = _edge(sight.here, village)
            if 0 < far_m < 1.3 * FAR_M[-1]:
                self._add_village(sight, village, far_m, bearing_of(towards_deg, sight.course))

    def _add_village(self, sight: Sight, village: Village, far_m: float, bearing: Bearing) -> None:
        nearest = min(range(len(FAR_M)), key=lambda n: abs(FAR_M[n] - far_m))
        at = when_it_enters(sight.passage, village, sight.glimpse.at)
        self.came[bearing, nearest].append(at is not None)
        # Times are told only of what is worth a look out.
        if at is not None and CHANCES[bearing][nearest] >= 100 * COMES_FROM:
            # As if it had been just so far away: at the same pace.
            as_if = FAR_M[nearest] / far_m if FAR_M[nearest] else 1.0
            self.minutes[nearest].append(as_if * (at - sight.glimpse.at) / timedelta(minutes=1))

    def lines(self) -> Iterator[str]:
        """Return the tables, and of how many cases the chances are."""
        yield f"REACH_MIN = {REACH_MIN}"
        reach = (round(_quantile(self.reaches[after], SHARE)) for after in REACH_MIN)
        yield f"REACH_M = {tuple(reach)}"
        yield f"FAR_M = {FAR_M}"
        for name, share in (("EARLIEST_MIN", 0.1), ("LIKELY_MIN", 0.5), ("LATEST_MIN", 0.9)):
            found = (round(_quantile(self.minutes[n], share), 1) for n in range(len(FAR_M)))
            yield f"{name} = {tuple(found)}"
        for bearing in Bearing:
            cases = [self.came[bearing, n] for n in range(len(FAR_M))]
            chances = (round(100 * sum(each) / len(each)) if each else None for each in cases)
            yield f"CHANCES[{bearing.name}] = {tuple(chances)} of {tuple(map(len, cases))}"


def fitted(seeds: Iterable[int]) -> Iterator[str]:
    """Return lines that say what herds do in the months of these seeds."""
    experience = _Experience()
    for seed in seeds:
        month = a_month(seed)
        for sight in _sights(month.passages, month.glimpses, month.land.cameras):
            experience.add(sight, month.land.villages)
    return experience.lines()


def _sights(
    passages: Sequence[Passage], glimpses: Sequence[Glimpse], cameras: Sequence[Spot]
) -> Iterator[Sight]:
    of: dict[int, list[Glimpse]] = defaultdict(list)
    for glimpse in glimpses:
        if glimpse.passage is not None:
            of[glimpse.passage].append(glimpse)
    for number, theirs in of.items():
        before: Glimpse | None = None  # the last at another camera
        last: Glimpse | None = None
        course: Course | None = None
        asked: Glimpse | None = None
        for glimpse in sorted(theirs, key=lambda each: each.at):
            if last is not None and last.camera != glimpse.camera:
                before, asked = last, None
                course = _course(before, glimpse, cameras)
            last = glimpse
            if asked is None or glimpse.at - asked.at >= ASKED_EVERY:
                asked = glimpse
                yield Sight(passages[number], glimpse, cameras[glimpse.camera], course)


def _course(before: Glimpse, glimpse: Glimpse, cameras: Sequence[Spot]) -> Course | None:
    took = glimpse.at - before.at
    if not timedelta(0) < took <= LONGEST_LEG:
        return None
    (x, y), (east, north) = cameras[before.camera], cameras[glimpse.camera]
    heading = math.degrees(math.atan2(east - x, north - y)) % 360
    return Course(heading, math.dist((x, y), (east, north)) / took.total_seconds())


def _edge(here: Spot, village: Village) -> tuple[float, float]:
    """Return how far a village's edge is, and in which direction."""
    x, y = village.middle
    east = min(max(here[0], x - village.half_east_m), x + village.half_east_m) - here[0]
    north = min(max(here[1], y - village.half_north_m), y + village.half_north_m) - here[1]
    return math.hypot(east, north), math.degrees(math.atan2(east, north)) % 360


def _quantile(values: list[float], share: float) -> float:
    return math.nan if len(values) < LEAST_CASES else sorted(values)[int(share * (len(values) - 1))]
