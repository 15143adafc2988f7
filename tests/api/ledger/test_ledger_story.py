import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from api.database import Database
from api.deliveries import claims, results
from api.ledger.keeper import chain_all_waiting
from api.ledger.rules import Entry
from api.ledger.store import chain
from api.pipeline import handle_detection, handle_receipt
from api.sites.store import lock_site
from api.tables import AnswerKind, Delivery, LedgerEntry, Phone, Site, Station
from edge_agent.contracts.ids import uuid7
from mobile_push.push_message import Receipt, Sending
from tests.api.chains import first_break
from tests.api.world import DUSK, World, a_message

SOON = DUSK + timedelta(seconds=3)
MINUTE = timedelta(minutes=1)
SENT = Sending(Receipt.SENT)


async def chain_of(world: World, site_id: str = "valley") -> list[Entry]:
    """What the ledger says once everything that waits is chained, as it is each second."""
    await chain_all_waiting(world.database, SOON + MINUTE)
    async with world.database.reading() as session:
        return [entry async for entry in chain(session, site_id)]


async def steps(world: World) -> list[str]:
    return [json.loads(entry.body)["step"] for entry in await chain_of(world)]


async def facts(world: World, step: str) -> list[dict[str, object]]:
    said = [json.loads(entry.body) for entry in await chain_of(world)]
    return [each["facts"] for each in said if each["step"] == step]


async def dispatch(world: World, sending: Sending = SENT, now: datetime = SOON) -> None:
    """What a dispatcher does in one turn, with a channel that says so of every delivery."""
    async with world.database.transaction() as session:
        await results.give_up_late(session, now)
        jobs = await claims.claim(session, now, 100)
    async with world.database.transaction() as session:
        await results.put_aside(session, [job for job in jobs if job.is_overtaken], now)
    async with world.database.transaction() as session:
        ended = [(job, sending) for job in jobs if not job.is_overtaken]
        await results.record(session, ended, now)


async def confirm(world: World, delivery: Delivery, kind: str, at: datetime = SOON) -> None:
    async with world.database.transaction() as session:
        await handle_receipt(session, delivery.id, kind, at, at)


async def deliveries(world: World) -> Sequence[Delivery]:
    return sorted(await world.rows(Delivery), key=lambda row: (row.created_at, row.phone_id))


async def test_the_proof_reaches_from_the_capture_to_the_end(world: World) -> None:
    message = a_message("elephant", "elephant")
    await world.tell(world.ridge, message)
    await dispatch(world)
    mai, _ = await deliveries(world)
    await confirm(world, mai, "shown")
    await confirm(world, mai, "opened")
    await world.answer(world.villager, mai.alert_id, AnswerKind.SEEN)
    await world.tell(world.yard, a_message(captured_at=DUSK + 10 * MINUTE))
    await world.answer(world.ranger, mai.alert_id, AnswerKind.ALL_CLEAR, DUSK + 11 * MINUTE)

    assert await steps(world) == [
        *("raised", "planned", "sent", "sent", "received", "shown", "opened"),
        *("answered", "acknowledged", "grew", "planned"),
        *("answered", "ended", "acknowledged", "expired", "planned"),
    ]
    (raised,) = await facts(world, "raised")
    assert (raised["detection"], raised["captured_at"]) == (
        str(message.id),
        "2026-11-22T11:30:00.000000Z",
    )
    assert (raised["level"], raised["count"], raised["buffer_m"]) == ("warning", 2, 500)
    kept = await chain_of(world)
    assert first_break("valley", kept) is None
    assert {entry.alert_id for entry in kept} == {mai.alert_id}


async def test_the_ledger_knows_numbers_and_no_names(world: World) -> None:
    await world.tell(world.ridge, a_message())
    await dispatch(world)
    alert = await world.the_alert()
    await world.answer(world.villager, alert.id, AnswerKind.FALSE_ALARM)

    told = "".join(entry.body for entry in await chain_of(world))

    assert "Mai" not in told
    assert "push.example.org" not in told
    assert [fact["person"] for fact in await facts(world, "answered")] == [world.villager.id]


async def test_nothing_said_twice_is_kept_twice(world: World) -> None:
    message, answer_id = a_message(), uuid7()
    for _ in range(2):
        await world.tell(world.ridge, message)
    await dispatch(world)
    mai, _ = await deliveries(world)
    for _ in range(2):
        await confirm(world, mai, "shown")
        await world.answer(world.villager, mai.alert_id, AnswerKind.SEEN, answer_id=answer_id)

    assert sorted(await steps(world)) == sorted(
        ["raised", "planned", "sent", "sent", "received", "shown", "answered", "acknowledged"]
    )


async def test_a_receipt_that_overtakes_the_dispatcher_proves_the_sending_once(
    world: World,
) -> None:
    await world.tell(world.ridge, a_message())
    async with world.database.transaction() as session:
        jobs = await claims.claim(session, SOON, 1)
    (mai,) = [row for row in await deliveries(world) if row.id == jobs[0].delivery_id]
    await confirm(world, mai, "received")

    async with world.database.transaction() as session:
        await results.record(session, [(jobs[0], SENT)], SOON + MINUTE)

    assert await steps(world) == ["raised", "planned", "sent", "received"]
    assert [fact["because"] for fact in await facts(world, "sent")] == ["the phone has it"]


@pytest.mark.parametrize(
    ("sending", "step"),
    [
        (Sending(Receipt.TRY_AGAIN, "503"), "put_off"),
        (Sending(Receipt.GONE, "410"), "failed"),
        (Sending(Receipt.REFUSED, "403"), "failed"),
    ],
)
async def test_what_a_channel_refused_is_proof_too(
    sending: Sending, step: str, world: World
) -> None:
    await world.tell(world.ridge, a_message())

    await dispatch(world, sending)

    assert await steps(world) == ["raised", "planned", step, step]
    assert {fact["detail"] for fact in await facts(world, step)} == {sending.detail}


async def test_what_was_too_late_or_overtaken_says_why(world: World) -> None:
    await world.tell(world.far, a_message())
    await world.tell(world.yard, a_message(captured_at=DUSK + 10 * MINUTE))
    await dispatch(world, Sending(Receipt.TRY_AGAIN, "503"), DUSK + 11 * MINUTE)

    await dispatch(world, now=DUSK + 40 * MINUTE)

    reasons = [fact["because"] for fact in await facts(world, "expired")]
    assert reasons == ["overtaken", "overtaken", "no news any more"]
    *_, late = await facts(world, "expired")
    assert len(str(late["deliveries"]).split(",")) == 2


async def test_an_alert_that_nobody_follows_says_so(world: World) -> None:
    async with world.database.transaction() as session:
        for number in (1, 2):
            (await session.get_one(Phone, number)).gone_at = DUSK

    await world.tell(world.ridge, a_message())

    assert await facts(world, "planned") == [{"occasion": "warning", "deliveries": []}]


async def test_what_was_not_committed_is_not_in_the_ledger(world: World) -> None:
    async def fail() -> None:
        async with world.database.transaction() as session:
            await handle_detection(session, world.ridge, a_message(), SOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await chain_of(world) == []


async def test_sites_have_chains_of_their_own(world: World) -> None:
    await world.add(Site(id="other", name="Other", latitude=21.97, longitude=100.86))
    elsewhere = Station(
        site_id="other", name_id="ridge", name="Ridge", key=b"k" * 32, health={}, enrolled_at=DUSK
    )
    elsewhere.latitude, elsewhere.longitude = world.ridge.latitude, world.ridge.longitude
    village = type(world.village)(site_id="other", name="Ban", area=world.village.area)
    village.buffer_m, village.watch_m = 500, 1500
    await world.add(elsewhere, village)

    await world.tell(world.ridge, a_message())
    await world.tell(elsewhere, a_message())

    for site_id in ("valley", "other"):
        kept = await chain_of(world, site_id)
        assert [entry.number for entry in kept] == [1, 2]
        assert first_break(site_id, kept) is None


async def test_all_at_once_still_makes_one_chain(world: World) -> None:
    """Links, dispatchers, phones and people at work on the same alerts at the same moment."""
    for number in range(6):
        phone = Phone(person_id=world.villager.id, endpoint=f"https://push.example.org/{number}")
        phone.p256dh, phone.auth, phone.subscribed_at = "", "", DUSK
        await world.add(phone)
    await world.tell(world.far, a_message())
    alert = await world.the_alert()
    await dispatch(world)
    rung = await deliveries(world)

    async with asyncio.timeout(60):
        await asyncio.gather(
            *[confirm(world, each, kind) for each in rung for kind in ("received", "shown")],
            *[world.tell(world.yard, a_message(captured_at=DUSK + MINUTE)) for _ in range(3)],
            *[dispatch(world, now=DUSK + 2 * MINUTE) for _ in range(3)],
            *[world.answer(world.ranger, alert.id, AnswerKind.SEEN) for _ in range(3)],
        )

    kept = await chain_of(world)
    assert first_break("valley", kept) is None
    assert [entry.number for entry in kept] == list(range(1, len(kept) + 1))
    for kind in ("received", "shown"):
        told = [fact["delivery"] for fact in await facts(world, kind)]
        assert sorted(map(str, told)) == sorted(row.id for row in rung)
    assert len(await world.rows(LedgerEntry)) == len(kept)


async def test_what_a_phone_said_keeps_its_time_and_comes_before_what_was_said_later(
    world: World,
) -> None:
    await world.tell(world.ridge, a_message())
    await dispatch(world)
    mai, _ = await deliveries(world)
    await confirm(world, mai, "shown")

    await world.answer(world.villager, mai.alert_id, AnswerKind.SEEN, DUSK + 10 * MINUTE)

    said = {json.loads(entry.body)["step"]: entry for entry in await chain_of(world)}
    assert json.loads(said["shown"].body)["at"] == "2026-11-22T11:30:03.000000Z"
    assert said["shown"].number < said["answered"].number


@pytest.mark.postgres
async def test_a_phone_waits_for_no_batch_of_sightings(postgres_database: Database) -> None:
    world = await World.build(postgres_database)
    await world.tell(world.ridge, a_message())
    await dispatch(world)
    rung = await deliveries(world)

    async with world.database.transaction() as session, asyncio.timeout(20):
        await lock_site(session, "valley")
        await asyncio.gather(*[confirm(world, each, "shown") for each in [*rung, *rung]])

    for kind in ("received", "shown"):
        told = [str(fact["delivery"]) for fact in await facts(world, kind)]
        assert sorted(told) == sorted(row.id for row in rung)
