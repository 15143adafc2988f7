"""What the server made of a month, held against the truth. Pure."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from shapely.geometry import Point, shape

from api.bench.month.landscape import Spot, Village, on_earth
from api.bench.month.month import Month
from api.bench.month.told import Told
from api.bench.month.walker import STEP, Passage
from api.herds.rules import OVER_AFTER


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts; add months up before dividing. `passages` are the herds that a camera has seen.

    Of these, `whole` are one herd of the server that holds no other: not `split`, not `mixed`.
    `several` were in the valley with another. `arrivals` are estimates for herds that did come;
    `held` of them were right. `pairs` are a herd and a village that must know of it.
    """

    passages: int = 0
    several: int = 0
    whole: int = 0
    split: int = 0
    mixed: int = 0
    on_several_cameras: int = 0
    whole_on_several_cameras: int = 0
    arrivals: int = 0
    held: int = 0
    too_early: int = 0
    too_late: int = 0
    foretold: int = 0
    expected: float = 0.0
    areas: tuple[int, int, int] = (0, 0, 0)
    areas_held: tuple[int, int, int] = (0, 0, 0)
    pairs: int = 0
    alerts: int = 0
    per_detection: int = 0
    pairs_without_alert: int = 0
    visits: int = 0
    visits_warned: int = 0
    lead_min: tuple[float, ...] = ()

    def __add__(self, other: "Verdict") -> "Verdict":
        """Add two months up."""
        one, two = asdict(self), asdict(other)
        return Verdict(**{name: _sum(name, one[name], two[name]) for name in one})

    def figures(self) -> dict[str, Any]:
        """Return the shares that the promises are about, with the counts behind them."""
        leads = sorted(self.lead_min)
        return {
            "herds": self.passages,
            "herds_with_others_about": self.several,
            "one_herd": _share(self.whole, self.passages),
            "one_herd_on_several_cameras": _share(
                self.whole_on_several_cameras, self.on_several_cameras
            ),
            "split": self.split,
            "mixed": self.mixed,
            "arrivals": self.arrivals,
            "interval_holds": _share(self.held, self.arrivals),
            "came_before": _share(self.too_early, self.arrivals),
            "came_after": _share(self.too_late, self.arrivals),
            "expected_to_come": round(self.expected, 1),
            "came": self.arrivals,
            "area_holds": {
                minutes: _share(held, asked)
                for minutes, held, asked in zip(
                    (15, 30, 60), self.areas_held, self.areas, strict=True
                )
            },
            "herds_at_villages": self.pairs,
            "alerts_per_herd_and_village": _share(self.alerts, self.pairs),
            "detections_per_herd_and_village": _share(self.per_detection, self.pairs),
            "seen_near_without_alert": self.pairs_without_alert,
            "visits": self.visits,
            "visits_warned_before": _share(self.visits_warned, self.visits),
            "median_lead_min": round(leads[len(leads) // 2], 1) if leads else None,
        }


def judge(month: Month, told: Told) -> Verdict:
    """Hold what was told against what happened."""
    return _herds(month, told) + _forecasts(month, told) + _alerts(month, told)


def _herds(month: Month, told: Told) -> Verdict:
    herds: dict[int, set[int]] = defaultdict(set)  # by passage
    cameras: dict[int, set[int]] = defaultdict(set)
    passages: dict[int, set[int]] = defaultdict(set)  # by herd
    for number, glimpse in enumerate(month.glimpses):
        if glimpse.passage is not None:
            herds[glimpse.passage].add(told.herd_of[number])
            passages[told.herd_of[number]].add(glimpse.passage)
            cameras[glimpse.passage].add(glimpse.camera)
    split = {number for number, found in herds.items() if len(found) > 1}
    mixed = {number for number, found in herds.items() if any(len(passages[h]) > 1 for h in found)}
    whole = set(herds) - split - mixed
    several = {number for number in herds if len(cameras[number]) > 1}
    return Verdict(
        passages=len(herds),
        several=sum(_has_company(month.passages[number], month) for number in herds),
        whole=len(whole),
        split=len(split),
        mixed=len(mixed),
        on_several_cameras=len(several),
        whole_on_several_cameras=len(whole & several),
    )


def _forecasts(month: Month, told: Told) -> Verdict:
    total = Verdict()
    for each in told.foretold:
        if each.glimpse.passage is None:
            continue
        passage, seen_at = month.passages[each.glimpse.passage], each.glimpse.at
        for number, coming in each.arrivals.items():
            came_at = when_it_enters(passage, month.land.villages[number], seen_at)
            is_held = came_at is not None and coming.earliest_at <= came_at <= coming.latest_at
            total += Verdict(
                foretold=1,
                expected=coming.chance,
                arrivals=int(came_at is not None),
                held=int(is_held),
                too_early=int(came_at is not None and came_at < coming.earliest_at),
                too_late=int(came_at is not None and came_at > coming.latest_at),
            )
        where = [(position_at(passage, area.at), shape(area.area)) for area in each.areas]
        asked = tuple(int(spot is not None) for spot, _ in where)
        held = tuple(int(spot is not None and area.contains(_point(spot))) for spot, area in where)
        if len(where) == len(total.areas):
            total += Verdict(areas=asked, areas_held=held)  # type: ignore[arg-type]  # three
    return total


def _alerts(month: Month, told: Told) -> Verdict:
    alerts: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    near: dict[tuple[int, int], int] = defaultdict(int)
    for glimpse, village, raised_at in told.alerts:
        if glimpse.passage is not None:
            alerts[glimpse.passage, village].append(raised_at)
    for number, villages in told.within.items():
        passage = month.glimpses[number].passage
        for village in villages if passage is not None else ():
            near[passage or 0, village] += 1
    visits = {
        (passage.number, number): came_at
        for passage in month.passages
        for number, village in enumerate(month.land.villages)
        if (
            came_at := when_it_enters(
                passage, village, passage.steps[0].at, within=timedelta(days=1)
            )
        )
    }
    leads = [
        (came_at - min(alerts[pair])) / timedelta(minutes=1)
        for pair, came_at in visits.items()
        if pair in alerts and min(alerts[pair]) <= came_at
    ]
    return Verdict(
        pairs=len(alerts),
        alerts=sum(map(len, alerts.values())),
        per_detection=sum(near[pair] for pair in alerts),
        pairs_without_alert=len(set(near) - set(alerts)),
        visits=len(visits),
        visits_warned=len(leads),
        lead_min=tuple(leads),
    )


def when_it_enters(
    passage: Passage, village: Village, after: datetime, within: timedelta = OVER_AFTER
) -> datetime | None:
    """Return when a herd comes into a village after a moment; None if not, or it is there then."""
    start = _index(passage, after)
    steps = passage.steps[start : start + within // STEP]
    if not steps or village.holds(steps[0].spot):
        return None
    return next((step.at for step in steps if village.holds(step.spot)), None)


def position_at(passage: Passage, moment: datetime) -> Spot | None:
    """Return where a herd is at a moment; None once it has left the valley."""
    number = _index(passage, moment)
    return passage.steps[number].spot if number < len(passage.steps) else None


def _index(passage: Passage, moment: datetime) -> int:
    return max(0, -(-(moment - passage.steps[0].at) // STEP))


def _has_company(passage: Passage, month: Month) -> bool:
    return any(
        other is not passage
        and other.steps[0].at < passage.steps[-1].at
        and passage.steps[0].at < other.steps[-1].at
        for other in month.passages
    )


def _point(spot: Spot) -> Point:
    place = on_earth(spot)
    return Point(place.longitude, place.latitude)


def _sum(name: str, one: Any, other: Any) -> Any:
    if name == "lead_min":
        return (*one, *other)
    if isinstance(one, tuple):
        return tuple(a + b for a, b in zip(one, other, strict=True))
    return one + other


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
