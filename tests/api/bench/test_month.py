import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from api import migrations
from api.bench.month.glimpse import Glimpse
from api.bench.month.month import BEGAN_AT, Month, a_month
from api.bench.month.moving import box_of, side_of
from api.bench.month.quick import tell_quickly
from api.bench.month.telling import tell
from api.bench.month.told import Told
from api.bench.month.verdict import judge
from api.bench.month.worlds import WORLDS, WorldName
from api.cli import app
from api.database import Database
from detector.detection import BoundingBox
from edge_agent.tracking.heading import heading_of
from edge_agent.tracking.tracker import Track

DAY = timedelta(days=1)


def test_a_month_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert a_month(7, days=2) == a_month(7, days=2)
    assert a_month(7, days=2).passages != a_month(8, days=2).passages


def test_simulated_herds_walk_as_herds_can() -> None:
    month = a_month(7, days=10)
    for passage in month.passages:
        for one, other in zip(passage.steps[:-120], passage.steps[120:], strict=True):
            east, north = other.spot[0] - one.spot[0], other.spot[1] - one.spot[1]
            assert (east**2 + north**2) ** 0.5 < 2.0 * 3600  # an hour at a walk
    assert all(BEGAN_AT - DAY < each.at < BEGAN_AT + 11 * DAY for each in month.glimpses)


def test_in_another_world_the_same_valley_is_seen_by_fewer_cameras() -> None:
    believed, few = a_month(7, days=2), a_month(7, 2, WORLDS[WorldName.FEW_CAMERAS])

    assert few.land.villages == believed.land.villages
    assert set(few.land.cameras) < set(believed.land.cameras)
    assert len(few.land.cameras) == round(0.3 * len(believed.land.cameras))


def test_without_bearings_the_same_is_seen_and_only_nobody_knows_where_it_goes() -> None:
    believed, none = a_month(7, days=3), a_month(7, 3, WORLDS[WorldName.NO_BEARINGS])

    assert none.passages == believed.passages
    assert [replace(each, moving=()) for each in none.glimpses] == [
        replace(each, moving=()) for each in believed.glimpses
    ]
    assert set(none.looks_deg) == {None}
    assert any(deg is not None for deg in believed.looks_deg)


metres, speeds = st.floats(-8, 8), st.floats(-1.5, 1.5)


@given(metres, st.floats(4, 20), speeds, speeds, st.integers(0, 12))
def test_simulated_cameras_tell_where_animals_go_as_stations_do(
    aside_m: float, depth_m: float, right: float, away: float, seconds: int
) -> None:
    boxes = [
        box_of(aside_m + second * right, max(depth_m + second * away, 2), right, away)
        for second in range(seconds + 1)
    ]
    first, last = (BoundingBox(a, b, c - a, d - b) for a, b, c, d in (boxes[0], boxes[-1]))
    assume(min(first.width, last.width) > 0.01)  # before the camera at all

    found = heading_of(Track(1, first, last, BEGAN_AT, hits=len(boxes)))

    assert side_of(boxes) == (None if found is None else found.value)


@pytest.fixture(scope="module")
def month() -> Month:
    return a_month(7, days=10)


def by_truth(month: Month) -> Told:
    """What a server would have told that knows everything."""
    herds = {n: -1 - n if g.passage is None else g.passage for n, g in enumerate(month.glimpses)}
    return Told(herd_of=herds)


def test_who_knows_the_truth_has_every_herd_whole(month: Month) -> None:
    verdict = judge(month, by_truth(month))

    assert verdict.whole == verdict.passages > 2


def test_two_herds_taken_for_one_spoil_both(month: Month) -> None:
    told = by_truth(month)
    one, other = sorted({g.passage for g in month.glimpses if g.passage is not None})[:2]
    told.herd_of = {n: one if herd == other else herd for n, herd in told.herd_of.items()}

    verdict = judge(month, told)

    assert (verdict.mixed, verdict.whole) == (2, verdict.passages - 2)


def test_a_herd_cut_in_two_is_not_whole(month: Month) -> None:
    told = by_truth(month)
    number = next(n for n, g in enumerate(month.glimpses) if g.passage is not None)
    told.herd_of[number] = 999

    verdict = judge(month, told)

    assert (verdict.split, verdict.whole) == (1, verdict.passages - 1)


def test_an_alert_for_each_detection_is_counted_for_what_it_is(month: Month) -> None:
    told = by_truth(month)
    seen = [(n, g) for n, g in enumerate(month.glimpses) if g.passage is not None][:3]
    same = [replace(glimpse, passage=seen[0][1].passage) for _, glimpse in seen]
    told.alerts = [(glimpse, 0, glimpse.arrives_at) for glimpse in same]
    told.within = {seen[0][0]: [0]}

    figures = judge(month, told).figures()

    assert figures["alerts_per_herd_and_village"] == 3
    assert figures["detections_per_herd_and_village"] == 1


async def test_the_rules_alone_say_what_the_server_says(tmp_path: Path) -> None:
    month = a_month(8, days=5)
    url = f"sqlite+aiosqlite:///{tmp_path}/month.db"
    await asyncio.to_thread(migrations.upgrade, url)
    database = Database(url)
    try:
        slowly = await tell(month, database, lambda told: None)
    finally:
        await database.close()

    quickly = tell_quickly(month)

    assert _together(quickly) == _together(slowly)
    assert sorted(quickly.alerts, key=_when) == sorted(slowly.alerts, key=_when)
    assert (quickly.foretold, quickly.within) == (slowly.foretold, slowly.within)
    assert judge(month, quickly) == judge(month, slowly)


def _together(told: Told) -> set[frozenset[int]]:
    """Return which glimpses are of one herd, whatever its number."""
    herds: dict[int, set[int]] = {}
    for glimpse, herd in told.herd_of.items():
        herds.setdefault(herd, set()).add(glimpse)
    return set(map(frozenset, herds.values()))


def _when(alert: tuple[Glimpse, int, datetime]) -> tuple[datetime, int]:
    return alert[2], alert[1]


def test_the_server_knows_most_herds_and_rings_a_village_once_for_each(tmp_path: Path) -> None:
    """Eight days here; the promises are judged over months, by the command itself."""
    options = ["bench-month", "--months", "1", "--days", "8", "--json", str(tmp_path / "f.json")]

    ended = CliRunner().invoke(app, options)

    assert ended.exit_code == 0, ended.output
    *_, last = ended.stdout.splitlines()
    assert last == (tmp_path / "f.json").read_text().strip()
    figures = json.loads(last)
    assert figures["herds"] >= 3
    assert figures["one_herd"] >= 0.7
    assert figures["alerts_per_herd_and_village"] <= 1.3
    assert figures["detections_per_herd_and_village"] > 4
    assert figures["seen_near_without_alert"] == 0
