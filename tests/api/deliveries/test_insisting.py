"""Danger until somebody answers; then others."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.changes.store import ALERT
from api.deliveries import claims, insisting, results
from api.deliveries.rules import REPEATS_AFTER
from api.deliveries.tables import Escalation, EscalationStep
from api.ledger.store import chain
from api.people.tables import Wishes
from api.tables import (
    Alert,
    AnswerKind,
    Change,
    Delivery,
    DeliveryState,
    Follow,
    Person,
    Phone,
    Role,
)
from mobile_push.push_message import Receipt, Sending
from tests.api.chains import first_break
from tests.api.shell import Shell
from tests.api.world import DUSK, World, a_message

SOON = DUSK + timedelta(seconds=3)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Bell:
    """What a dispatcher does in one turn; remembers whom it rang for what."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rung: list[tuple[int, str, int]] = []

    async def turn(self, now: datetime, receipt: Receipt = Receipt.SENT) -> list[int]:
        """Return the phones that rang in this turn."""
        database = self.world.database
        async with database.transaction() as session:
            await insisting.repeat_due(session, now)
        async with database.transaction() as session:
            await insisting.escalate_due(session, now)
        async with database.transaction() as session:
            await results.give_up_late(session, now)
            jobs = await claims.claim(session, now, 100)
        sent = [job for job in jobs if not job.is_overtaken]
        async with database.transaction() as session:
            await results.record(session, [(job, Sending(receipt)) for job in sent], now)
        self.rung += [(job.phone_id, job.occasion, job.rings + 1) for job in sent]
        return sorted(job.phone_id for job in sent)


@pytest.fixture
def bell(world: World) -> Bell:
    return Bell(world)


def a_step(after_s: int, **others: Any) -> EscalationStep:
    known = {"site_id": "valley", "from_level": "warning", "person_ids": [], "channels": []}
    return EscalationStep(after_s=after_s, **(known | others))


async def a_ranger_at_home(world: World, *, channel: str = "voice", name: str = "Li") -> int:
    """Somebody who follows nothing; returns their phone's number."""
    person = Person(site_id="valley", name=name, role=Role.RANGER, joined_at=DUSK)
    async with world.database.transaction() as session:
        session.add(person)
        await session.flush()
        phone = Phone(
            person_id=person.id,
            endpoint=f"{channel}:{name}",
            p256dh="",
            auth="",
            channel=channel,
            rings_from="escalation",
            subscribed_at=DUSK,
        )
        session.add(phone)
        await session.flush()
        return phone.id


async def ledger_steps(world: World) -> list[str]:
    async with world.database.reading() as session:
        entries = [entry async for entry in chain(session, "valley")]
    assert first_break("valley", entries) is None
    return [json.loads(entry.body)["step"] for entry in entries]


async def rows(world: World) -> Sequence[Delivery]:
    return sorted(await world.rows(Delivery), key=lambda row: row.phone_id)


async def test_danger_rings_again_until_it_is_answered(world: World, bell: Bell) -> None:
    await world.tell(world.yard, a_message())
    alert = await world.the_alert()

    assert await bell.turn(SOON) == [1, 2]
    assert await bell.turn(SOON + REPEATS_AFTER[0] - SECOND) == []
    assert await bell.turn(SOON + REPEATS_AFTER[0]) == [1, 2]
    await world.answer(world.villager, alert.id, AnswerKind.SEEN, SOON + 2 * MINUTE)
    again = SOON + REPEATS_AFTER[0] + REPEATS_AFTER[1]

    assert await bell.turn(again) == [2]  # the ranger has not answered for themselves
    assert {(row.rings, row.attempts) for row in await rows(world)} == {(2, 2), (3, 3)}


async def test_danger_does_not_ring_for_ever(world: World, bell: Bell) -> None:
    await world.tell(world.yard, a_message())

    rang = [await bell.turn(SOON + n * 10 * SECOND) for n in range(85)]

    assert sum(phones == [1, 2] for phones in rang) == 1 + len(REPEATS_AFTER)
    assert [row.repeat_at for row in await rows(world)] == [None, None]


async def test_what_is_no_news_any_more_is_not_repeated(world: World, bell: Bell) -> None:
    await world.tell(world.yard, a_message())
    await bell.turn(SOON)

    assert await bell.turn(DUSK + 15 * MINUTE) == []


async def test_a_warning_rings_once(world: World, bell: Bell) -> None:
    await world.tell(world.ridge, a_message())

    rang = [await bell.turn(SOON + n * MINUTE) for n in range(12)]

    assert [phones for phones in rang if phones] == [[1, 2]]


async def test_an_ended_alert_does_not_ring_again(world: World, bell: Bell) -> None:
    await world.tell(world.yard, a_message())
    await bell.turn(SOON)
    alert = await world.the_alert()
    await world.answer(world.ranger, alert.id, AnswerKind.FALSE_ALARM, SOON + 10 * SECOND)
    await bell.turn(SOON + 11 * SECOND)
    bell.rung.clear()

    await bell.turn(SOON + REPEATS_AFTER[0])

    assert bell.rung == []


async def test_nobody_answers_so_the_next_people_ring_by_the_next_way(
    world: World, bell: Bell
) -> None:
    home = await a_ranger_at_home(world)
    await world.add(a_step(120, role="ranger", channels=["voice"]))
    await world.tell(world.ridge, a_message())

    assert await bell.turn(SOON) == [1, 2]
    assert await bell.turn(SOON + 119 * SECOND - SECOND) == []
    assert await bell.turn(SOON + 120 * SECOND) == [home]
    assert await bell.turn(SOON + 10 * MINUTE) == []

    (waiting,) = await world.rows(Escalation)
    assert (waiting.due_at, waiting.ended_because) == (None, "everybody was told")
    assert "escalated" in await ledger_steps(world)


async def test_who_may_know_sees_that_others_were_rung_because_nobody_answered(
    world: World, bell: Bell, shell: Shell
) -> None:
    await a_ranger_at_home(world)
    await world.add(a_step(120, role="ranger", channels=["voice"]))
    await world.tell(world.ridge, a_message())
    await bell.turn(SOON)
    said: list[list[Any]] = []
    for moment in (SOON, SOON + 120 * SECOND):
        await bell.turn(moment)
        for role in (Role.RANGER, Role.VILLAGER):
            async with shell.signed_in(role) as browser:
                (alert,) = (await browser.get("/api/v1/alerts")).json()["alerts"]
                said.append([role, alert["escalated_at"]])
    changes = [row.subject_id for row in await world.rows(Change) if row.kind == ALERT]

    assert [moment for _, moment in said[:2]] == [None, None]
    assert said[2:] == [
        [Role.RANGER, f"{DUSK + 122 * SECOND:%Y-%m-%dT%H:%M:%SZ}"],
        [Role.VILLAGER, None],
    ]
    assert changes == [alert["id"]] * 2, "open screens are told"


async def test_an_answer_in_time_wakes_nobody_else(world: World, bell: Bell) -> None:
    await a_ranger_at_home(world)
    await world.add(a_step(120, role="ranger"))
    await world.tell(world.ridge, a_message())
    await bell.turn(SOON)
    alert = await world.the_alert()
    await world.answer(world.villager, alert.id, AnswerKind.ON_MY_WAY, SOON + MINUTE)

    assert await bell.turn(SOON + 3 * MINUTE) == []
    (waiting,) = await world.rows(Escalation)
    assert waiting.ended_because == "acknowledged"


async def test_an_alert_that_grows_after_an_answer_must_be_answered_anew(
    world: World, bell: Bell
) -> None:
    home = await a_ranger_at_home(world)
    await world.add(a_step(120, role="ranger"))
    await world.tell(world.ridge, a_message())
    await bell.turn(SOON)
    alert = await world.the_alert()
    await world.answer(world.villager, alert.id, AnswerKind.SEEN, SOON + MINUTE)
    await world.tell(world.yard, a_message(captured_at=DUSK + 2 * MINUTE))
    await bell.turn(SOON + 2 * MINUTE)

    assert home in await bell.turn(SOON + 4 * MINUTE + SECOND)


async def test_a_chain_goes_on_step_by_step(world: World, bell: Bell) -> None:
    first = await a_ranger_at_home(world, name="Li")
    second = await a_ranger_at_home(world, name="Na")
    people = {person.name: person.id for person in await world.rows(Person)}
    await world.add(a_step(60, person_ids=[people["Li"]]), a_step(180, person_ids=[people["Na"]]))
    await world.tell(world.ridge, a_message())
    await bell.turn(SOON)

    assert await bell.turn(SOON + MINUTE) == [first]
    assert await bell.turn(SOON + 2 * MINUTE) == []
    assert await bell.turn(SOON + 3 * MINUTE) == [second]


async def test_a_dispatcher_that_slept_rings_every_step_at_once_and_each_phone_once(
    world: World, bell: Bell
) -> None:
    home = await a_ranger_at_home(world)
    await world.add(a_step(60, role="ranger"), a_step(180, role="ranger"))
    await world.tell(world.ridge, a_message())

    assert await bell.turn(SOON + 5 * MINUTE) == [1, 2, home]


@pytest.mark.parametrize(
    "others", [{"from_level": "danger"}, {"geofence_id": None, "from_level": "danger"}]
)
async def test_a_chain_for_danger_leaves_a_warning_alone(
    others: dict[str, Any], world: World, bell: Bell
) -> None:
    await a_ranger_at_home(world)
    await world.add(a_step(60, role="ranger", **others))
    await world.tell(world.ridge, a_message())
    await bell.turn(SOON)

    assert await bell.turn(SOON + 3 * MINUTE) == []
    assert await world.rows(Escalation) == []


async def test_whoever_was_rung_by_escalation_hears_of_the_false_alarm(
    world: World, bell: Bell
) -> None:
    home = await a_ranger_at_home(world)
    await world.add(a_step(60, role="ranger"))
    await world.tell(world.ridge, a_message())
    await bell.turn(SOON)
    await bell.turn(SOON + MINUTE)
    alert = await world.the_alert()
    await world.answer(world.ranger, alert.id, AnswerKind.FALSE_ALARM, SOON + 2 * MINUTE)
    bell.rung.clear()
    await bell.turn(SOON + 2 * MINUTE)

    assert sorted(bell.rung) == [(1, "retracted", 1), (2, "retracted", 1), (home, "retracted", 1)]


async def test_somebody_shut_out_is_rung_no_more(world: World, bell: Bell) -> None:
    async with world.database.transaction() as session:
        (await session.get_one(Person, world.villager.id)).disabled_at = DUSK
    await world.tell(world.ridge, a_message())

    assert await bell.turn(SOON) == [2]


async def test_quiet_hours_are_kept_in_the_proof_and_use_up_no_cooldown(
    world: World, bell: Bell
) -> None:
    # Dusk is 11:30 UTC, the site's time zone.
    quiet = Wishes(
        person_id=world.villager.id, quiet_from_min=660, quiet_until_min=720, cooldown_s=3600
    )
    await world.add(quiet)
    await world.tell(world.ridge, a_message())
    assert await bell.turn(SOON) == [2]
    assert [str(row.state) for row in await rows(world)] == ["silenced", "sent"]
    alert = await world.the_alert()
    await world.answer(world.ranger, alert.id, AnswerKind.ALL_CLEAR, DUSK + MINUTE)
    await bell.turn(DUSK + MINUTE)

    later = DUSK + 40 * MINUTE
    await world.tell(world.ridge, a_message(captured_at=later))

    assert await bell.turn(later + 3 * SECOND) == [1, 2]


async def test_a_failed_ring_uses_up_no_cooldown_and_a_sent_one_does(
    world: World, bell: Bell
) -> None:
    await world.add(Wishes(person_id=world.villager.id, cooldown_s=3600))
    await world.tell(world.ridge, a_message())
    await bell.turn(SOON, Receipt.REFUSED)
    times = [DUSK + n * 20 * MINUTE for n in (1, 2)]
    rang = []
    for time in times:
        alert = max(await world.rows(Alert), key=lambda row: row.raised_at)
        await world.answer(world.ranger, alert.id, AnswerKind.ALL_CLEAR, time - 10 * MINUTE)
        await bell.turn(time - 10 * MINUTE)
        await world.tell(world.ridge, a_message(captured_at=time))
        rang.append(await bell.turn(time + 3 * SECOND))

    assert rang == [[1, 2], [2]]
    reasons = [row.detail for row in await rows(world) if row.state == DeliveryState.SILENCED]
    assert reasons == ["cooldown"]


async def test_danger_breaks_every_silence(world: World, bell: Bell) -> None:
    await world.add(
        Wishes(
            person_id=world.villager.id, quiet_from_min=0, quiet_until_min=1439, cooldown_s=86400
        )
    )
    await world.tell(world.yard, a_message())

    assert await bell.turn(SOON) == [1, 2]


async def test_a_way_that_waits_for_danger_is_not_used_for_less(world: World, bell: Bell) -> None:
    async with world.database.transaction() as session:
        (await session.get_one(Phone, 1)).rings_from = "danger"
    await world.tell(world.ridge, a_message())
    assert await bell.turn(SOON) == [2]
    await world.tell(world.yard, a_message(captured_at=DUSK + 2 * MINUTE))

    assert await bell.turn(SOON + 2 * MINUTE) == [1, 2]


async def test_a_follower_of_nothing_is_not_rung(world: World, bell: Bell) -> None:
    async with world.database.transaction() as session:
        await session.delete(await session.get_one(Follow, (world.villager.id, world.village.id)))
    await world.tell(world.ridge, a_message())

    assert await bell.turn(SOON) == [2]
