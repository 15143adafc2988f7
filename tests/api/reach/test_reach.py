from datetime import datetime, timedelta

import h3
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from api.dependencies import API
from api.people.following import CELL_RESOLUTION
from api.position import Position, distance_m
from api.reach.cells import cells_around
from api.reach.rules import PROOF_LASTS, Bell, Reach, best_of
from api.tables import Delivery, DeliveryState, Phone, Role
from tests.api.shell import Shell
from tests.api.world import DUSK, VALLEY, World, a_message, place


def bell(
    reached: datetime | None = None, gone: datetime | None = None, missed: datetime | None = None
) -> Bell:
    return Bell("web_push", DUSK - timedelta(days=60), reached, gone, missed)


@pytest.mark.parametrize(
    ("bells", "reach"),
    [
        ([], Reach.NONE),
        ([bell(gone=DUSK)], Reach.GONE),
        ([bell()], Reach.UNPROVED),
        ([bell(reached=DUSK - PROOF_LASTS - timedelta(1))], Reach.UNPROVED),
        ([bell(gone=DUSK), bell(reached=DUSK - timedelta(1))], Reach.PROVED),
        ([bell(reached=DUSK - timedelta(1), missed=DUSK)], Reach.MISSED),
        ([bell(reached=DUSK, missed=DUSK - timedelta(1))], Reach.PROVED),
        ([bell(missed=DUSK)], Reach.MISSED),
    ],
    ids=[
        "no phone",
        "gone",
        "never proved",
        "not for long",
        "the better of two",
        "silent since",
        "rings again",
        "never rang",
    ],
)
def test_only_a_phone_that_has_said_so_is_believed(bells: list[Bell], reach: Reach) -> None:
    assert best_of(bells, DUSK) is reach


async def test_rangers_see_whom_nobody_could_ring(shell: Shell, world: World) -> None:
    async with world.database.transaction() as session:
        mai, bo = await world.rows(Phone)
        (await session.get_one(Phone, mai.id)).gone_at = DUSK
        (await session.get_one(Phone, bo.id)).last_reached_at = DUSK
    async with shell.signed_in(Role.RANGER) as ranger:
        said = (await ranger.get(f"{API}/reach")).json()

    assert [(one["name"], one["reach"]) for one in said["people"]] == [
        ("Bo", "proved"), ("Mai", "gone"), ("ranger", "none")
    ]  # fmt: skip
    assert said["counts"] == {"proved": 1, "unproved": 0, "missed": 0, "gone": 1, "none": 1}
    assert "push.example" not in str(said)


async def test_a_phone_that_was_rung_and_said_nothing_is_seen_as_soon_as_the_push_has_run_out(
    shell: Shell, world: World
) -> None:
    await world.tell(world.ridge, a_message())
    async with world.database.transaction() as session:
        for phone in await session.scalars(select(Phone)):
            phone.last_reached_at = DUSK - timedelta(hours=1)
        for delivery in await session.scalars(select(Delivery)):
            delivery.state, delivery.sent_at = DeliveryState.SENT, DUSK + timedelta(seconds=5)
            heard = delivery.phone_id == 1
            delivery.received_at = DUSK + timedelta(seconds=6) if heard else None
    async with shell.signed_in(Role.RANGER) as ranger:
        while_it_may_come = await reach_of(ranger)
        shell.clock.wind(minutes=16)
        after = await reach_of(ranger)

    assert while_it_may_come == {"Mai": "proved", "Bo": "proved", "ranger": "none"}
    assert after == {"Mai": "proved", "Bo": "missed", "ranger": "none"}


async def reach_of(ranger: httpx.AsyncClient) -> dict[str, str]:
    said = (await ranger.get(f"{API}/reach")).json()
    return {one["name"]: one["reach"] for one in said["people"]}


@settings(deadline=None, max_examples=40)
@given(st.floats(-14_000, 14_000), st.floats(-14_000, 14_000))
def test_the_nearest_centre_is_the_phone_s_own_cell(east: float, north: float) -> None:
    here = place(east, north)

    nearest = min(
        cells_around(VALLEY), key=lambda cell: distance_m(here, Position(cell[1], cell[2]))
    )

    own = h3.latlng_to_cell(here.latitude, here.longitude, CELL_RESOLUTION)
    centre = Position(*h3.cell_to_latlng(own))
    lost_m = distance_m(here, centre) - distance_m(here, Position(nearest[1], nearest[2]))
    assert nearest[0] == own or lost_m < 60  # on an edge, either will do
