"""A person who follows nothing, and lets the server know roughly where they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.deliveries import near_me
from api.people.following import CELL_EDGE_M, CELL_RESOLUTION, cell_at, forget_cell, share_cell
from api.people.nearby import NEAR_M, cells_near
from api.position import Position, distance_m
from api.tables import Alert, AnswerKind, Delivery, Herd, Person, Phone, Role
from tests.api.world import DUSK, VALLEY, World, a_message, place

SOON = DUSK + timedelta(seconds=3)
HOUR = timedelta(hours=1)


@pytest.fixture
async def walker(world: World) -> Person:
    """Somebody with a phone who follows nothing."""
    person = Person(site_id="valley", name="Yu", role=Role.VILLAGER, joined_at=DUSK)
    async with world.database.transaction() as session:
        session.add(person)
        await session.flush()
        phone = Phone(
            person_id=person.id,
            endpoint="https://push.example.org/Yu",
            p256dh="",
            auth="",
            subscribed_at=DUSK,
        )
        session.add(phone)
    return person


async def share(world: World, person: Person, position: Position, until: datetime) -> None:
    cell = cell_at(position.latitude, position.longitude)
    async with world.database.transaction() as session:
        await share_cell(session, person, cell, until, until - 2 * HOUR)


async def look(world: World, now: datetime, lookout: near_me.Lookout | None = None) -> None:
    """What a dispatcher does each second."""
    async with world.database.reading() as session:
        found = await (lookout or near_me.Lookout()).unrung(session, now)
    for portion in near_me.portions(found):
        async with world.database.transaction() as session:
            await near_me.ring(session, portion, now)


async def rung(world: World, person: Person) -> Sequence[str]:
    theirs = {row.id for row in await world.rows(Phone) if row.person_id == person.id}
    return sorted(row.occasion for row in await world.rows(Delivery) if row.phone_id in theirs)


async def test_a_herd_near_the_shared_cell_rings_once(world: World, walker: Person) -> None:
    await share(world, walker, VALLEY, DUSK + HOUR)
    await world.tell(world.ridge, a_message())

    await look(world, SOON)
    await look(world, SOON)

    assert await rung(world, walker) == ["warning"]


async def test_a_dispatcher_killed_between_two_portions_leaves_the_rest_to_the_next(
    world: World, walker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_me, "PORTION", 1)
    people = [walker, world.ranger, world.villager]
    for person in people:
        await share(world, person, VALLEY, DUSK + HOUR)
    await world.tell(world.ridge, a_message())
    async with world.database.reading() as session:
        found = await near_me.Lookout().unrung(session, SOON)
    first, *others = near_me.portions(found)
    async with world.database.transaction() as session:
        await near_me.ring(session, first, SOON)

    await look(world, SOON)
    await look(world, SOON)

    (of_site,) = found.values()
    assert len(others) == sum(map(len, of_site.values())) - 1
    assert await rung(world, walker) == ["warning"]
    deliveries = [(row.phone_id, row.occasion) for row in await world.rows(Delivery)]
    assert len(deliveries) == len(set(deliveries))


CROWDS = st.frozensets(st.integers(0, 2_000), max_size=1_200)


@given(st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from("xyz"), CROWDS)))
def test_portions_leave_nobody_out_and_none_is_large(
    found: dict[str, dict[str, frozenset[int]]],
) -> None:
    told = list(near_me.portions(found))

    pairs = [
        (site, alert, person)
        for portion in told
        for site, by_alert in portion.items()
        for alert, people in by_alert.items()
        for person in people
    ]
    wanted = {
        (site, alert, person)
        for site, by_alert in found.items()
        for alert, people in by_alert.items()
        for person in people
    }
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == wanted
    sizes = [sum(len(p) for by in portion.values() for p in by.values()) for portion in told]
    assert all(size == near_me.PORTION for size in sizes[:-1])
    assert all(0 < size <= near_me.PORTION for size in sizes)


async def test_whoever_comes_near_later_is_rung_then(world: World, walker: Person) -> None:
    await share(world, walker, place(20_000, 0), DUSK + HOUR)
    await world.tell(world.ridge, a_message())
    await look(world, SOON)
    assert await rung(world, walker) == []

    await share(world, walker, VALLEY, DUSK + HOUR)
    await look(world, SOON + timedelta(minutes=2))

    assert await rung(world, walker) == ["warning"]


async def test_a_cell_that_ran_out_rings_nobody(world: World, walker: Person) -> None:
    await share(world, walker, VALLEY, SOON)
    await world.tell(world.ridge, a_message())

    await look(world, SOON)

    assert await rung(world, walker) == []


async def test_whoever_withdraws_is_not_rung_though_a_process_remembers(
    world: World, walker: Person
) -> None:
    lookout = near_me.Lookout()
    await share(world, walker, VALLEY, DUSK + HOUR)
    async with world.database.reading() as session:
        assert not await lookout.unrung(session, SOON)  # there is no herd yet, but it has read
    await world.tell(world.ridge, a_message())
    async with world.database.transaction() as session:
        await forget_cell(session, walker.id)

    async with world.database.reading() as session:
        assert not await lookout.unrung(session, SOON)


async def test_who_was_rung_for_an_alert_that_ended_is_rung_for_one_that_goes_on(
    world: World, walker: Person
) -> None:
    lookout = near_me.Lookout()
    await share(world, walker, VALLEY, DUSK + HOUR)
    await world.tell(world.ridge, a_message())
    await look(world, SOON, lookout)
    await look(world, SOON, lookout)
    await world.answer(world.ranger, (await world.the_alert()).id, AnswerKind.FALSE_ALARM, SOON)
    await world.tell(world.ridge, a_message(captured_at=DUSK + timedelta(minutes=2)))

    await look(world, SOON + timedelta(minutes=2), lookout)

    assert (await rung(world, walker)).count("warning") == len(await world.rows(Alert))


async def test_old_news_rings_nobody_who_comes_near(world: World, walker: Person) -> None:
    await share(world, walker, VALLEY, DUSK + HOUR)
    await world.tell(world.ridge, a_message())

    await look(world, DUSK + timedelta(minutes=15))

    assert await rung(world, walker) == []


async def test_an_ended_alert_rings_nobody_who_comes_near(world: World, walker: Person) -> None:
    await share(world, walker, VALLEY, DUSK + HOUR)
    await world.tell(world.ridge, a_message())
    await world.answer(world.ranger, (await world.the_alert()).id, AnswerKind.FALSE_ALARM, SOON)

    await look(world, SOON)

    assert await rung(world, walker) == []


async def test_a_follower_is_not_rung_twice_for_being_near(world: World) -> None:
    await share(world, world.villager, VALLEY, DUSK + HOUR)
    await world.tell(world.ridge, a_message())

    await look(world, SOON)

    assert await rung(world, world.villager) == ["warning"]


async def test_it_rings_again_when_it_becomes_worse(world: World, walker: Person) -> None:
    await share(world, walker, VALLEY, DUSK + HOUR)
    await world.tell(world.ridge, a_message())
    await look(world, SOON)
    await world.tell(world.yard, a_message(captured_at=DUSK + timedelta(minutes=2)))

    await look(world, SOON + timedelta(minutes=2))

    assert await rung(world, walker) == ["danger", "warning"]
    assert len(await world.rows(Herd)) == 1


near = st.floats(-6000, 6000)


@given(near, near, near, near)
def test_nobody_within_reach_is_missed_whatever_their_place_in_the_cell(
    east_m: float, north_m: float, aside_m: float, ahead_m: float
) -> None:
    herd = place(east_m, north_m)
    person = place(east_m + aside_m, north_m + ahead_m)
    cell = cell_at(person.latitude, person.longitude)
    centre = Position(*h3.cell_to_latlng(cell))

    if distance_m(herd, person) <= 0.999 * NEAR_M:
        assert cell in cells_near(herd)
    if cell in cells_near(herd):
        assert distance_m(herd, centre) <= NEAR_M + 1.3 * CELL_EDGE_M
    assert h3.get_resolution(cell) == CELL_RESOLUTION
