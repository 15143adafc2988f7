"""Herds that are told anew as evidence grows, and what becomes of their alerts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.herds.correcting import merge
from api.herds.retelling import Retold, retold
from api.herds.rules import MOST_SURPRISE, NEW_A_DAY, Path, most_surprise, with_sighting
from api.herds.store import new_a_day, read_path
from api.position import Position
from api.tables import Alert, AlertLevel, Event, Herd, Station
from edge_agent.contracts.messages import DetectionMessage
from tests.api.world import DUSK, VALLEY, World, a_message, place, seen

MINUTE = timedelta(minutes=1)
LONG_AFTER = DUSK + timedelta(hours=10)  # told so late, nobody is warned


@dataclass(frozen=True)
class Sight:
    position: Position
    started_at: datetime
    count: int
    was: str | None = None
    looks: int = 4
    heading_deg: float | None = None

    @property
    def animals(self) -> int:
        return self.looks * self.count

    @property
    def ended_at(self) -> datetime:
        return self.started_at + MINUTE


def told(events: list[Sight], before: dict[str, Path] | None = None) -> list[Retold[Sight, str]]:
    return retold(events, before or {}, lambda event: event.was, MOST_SURPRISE)


def test_what_is_known_later_says_whose_the_earlier_was() -> None:
    lone = Sight(VALLEY, DUSK, 1, "bull")
    many = Sight(place(900, 0), DUSK + 10 * MINUTE, 9, "cows")
    between = Sight(place(400, 0), DUSK + 25 * MINUTE, 8, "bull")

    tales = {tale.herd: tale.events for tale in told([between, many, lone])}

    assert tales == {"bull": [lone], "cows": [many, between]}


def test_a_herd_keeps_its_name_by_most_of_its_events_and_what_it_was_before() -> None:
    first = Sight(VALLEY, DUSK, 3, "young")
    others = [Sight(VALLEY, DUSK + n * 20 * MINUTE, 3, "old") for n in (1, 2)]

    (tale,) = told([first, *others])
    (older,) = told([first, *others], {"ancient": with_sighting((), VALLEY, DUSK - 9 * MINUTE, 3)})

    assert (tale.herd, older.herd) == ("old", "ancient")


def test_where_more_herds_come_a_stranger_is_sooner_another_herd() -> None:
    assert most_surprise(6.0) < most_surprise(0.6) == MOST_SURPRISE < most_surprise(0.06)


sights = st.lists(
    st.builds(
        Sight,
        st.sampled_from([place(700 * n, 0) for n in range(4)]),
        st.integers(0, 600).map(lambda minute: DUSK + minute * MINUTE),
        st.integers(1, 12),
        st.sampled_from([None, "a", "b", "c"]),
    ),
    max_size=25,
)


@given(sights)
def test_every_event_is_told_once_and_no_name_is_given_twice(events: list[Sight]) -> None:
    tales = told(events)

    everything = [event for tale in tales for event in tale.events]
    assert sorted(map(repr, everything)) == sorted(map(repr, events))
    names = [tale.herd for tale in tales if tale.herd is not None]
    assert len(names) == len(set(names))


async def _seen(
    world: World, station: Station, minute: int, count: int, *, now: datetime | None = None
) -> None:
    message = a_message(
        *["elephant"] * count,
        captured_at=DUSK + minute * MINUTE,
        deployment_id=f"{station.name_id}-1",
    )
    await world.tell(station, message, now=now)


async def _counts(world: World) -> dict[str, int]:
    """How many animals the herd is that was seen at each station (of one event each)."""
    counts = {herd.id: herd.count for herd in await world.rows(Herd)}
    names = {each.id: each.name_id for each in await world.rows(Station)}
    return {names[row.station_id]: counts[row.herd_id or 0] for row in await world.rows(Event)}


async def test_an_alert_goes_with_its_event_to_the_right_herd_and_rings_nobody(
    world: World,
) -> None:
    await _seen(world, world.yard, 0, 1, now=LONG_AFTER)
    await _seen(world, world.far, 5, 9, now=LONG_AFTER)
    await _seen(world, world.ridge, 30, 1)
    before = await world.the_alert()
    assert await _counts(world) == {"yard": 1, "far": 9, "ridge": 1}

    await _seen(world, world.ridge, 32, 9)

    alert = await world.the_alert()
    assert await _counts(world) == {"yard": 1, "far": 9, "ridge": 9}
    assert (alert.id, alert.herd_id != before.herd_id) == (before.id, True)
    assert await world.occasions() == ["warning", "warning"]


async def test_two_herds_that_turn_out_to_be_one_do_not_ring_again_for_what_has_rung(
    world: World,
) -> None:
    await _seen(world, world.yard, 0, 9)
    await _seen(world, world.ridge, 60, 1)  # a tail: taken for another herd
    assert len(await world.rows(Herd)) == 2

    await _seen(world, world.ridge, 62, 9)
    await _seen(world, world.yard, 80, 9)

    (herd,) = await world.rows(Herd)
    alerts = sorted(await world.rows(Alert), key=lambda row: row.visit)
    assert [(row.herd_id, row.visit) for row in alerts] == [(herd.id, 1), (herd.id, 2)]
    assert alerts[-1].level == AlertLevel.DANGER
    assert await world.occasions() == ["danger", "danger", "warning", "warning"]


async def test_where_animals_went_is_kept_as_it_was_seen_last_not_as_it_was_told_last(
    world: World,
) -> None:
    def going(side: str, minute: int) -> DetectionMessage:
        animals = [seen("elephant") | {"moving": side}]
        at = DUSK + minute * MINUTE
        return a_message(animals=animals, looks_deg=90, captured_at=at)

    for side, minute in (("right", 2), ("away", 5), ("left", 0)):
        await world.tell(world.ridge, going(side, minute), now=DUSK + 6 * MINUTE)
    await world.tell(world.ridge, a_message(captured_at=DUSK + 6 * MINUTE))

    (event,), (herd,) = await world.rows(Event), await world.rows(Herd)
    assert event.heading_deg == pytest.approx(90)
    assert [stay.heading_deg for stay in read_path(herd.path)] == [pytest.approx(90)]


async def test_what_people_have_put_right_is_not_judged_again(world: World) -> None:
    await _seen(world, world.far, 0, 9)
    await _seen(world, world.yard, 5, 1)
    far, yard = sorted(herd.id for herd in await world.rows(Herd))
    async with world.database.transaction() as session:
        await merge(session, world.ranger, far, yard, DUSK + 6 * MINUTE)

    await _seen(world, world.ridge, 8, 9)

    assert len(await world.rows(Herd)) == 1
    assert await _counts(world) == {"far": 9, "yard": 9, "ridge": 9}


async def test_a_site_learns_how_many_herds_come_but_not_from_a_bush(world: World) -> None:
    for day in range(20):
        for minute in (0, 20, 600) if day else (0, 20):
            await _seen(world, world.ridge, 1440 * day + minute, 3, now=DUSK + timedelta(days=40))

    async with world.database.transaction() as session:
        learned = await new_a_day(session, ["valley"], DUSK + timedelta(days=20))

    expected = (NEW_A_DAY * 30 + 20) / (30 + 20 - 0.48)
    assert learned["valley"] == pytest.approx(expected, abs=0.01)
