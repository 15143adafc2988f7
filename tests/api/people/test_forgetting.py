from datetime import timedelta

from sqlalchemy import select

from api.database import Base
from api.ledger.store import chain
from api.people import contacts
from api.people.store import sign_in
from api.tables import AnswerKind, Delivery, Person, Phone
from tests.api.chains import first_break
from tests.api.shell import Shell
from tests.api.world import DUSK, World, a_message

ME = "/api/v1/me"
NUMBER = "+8613800000000"
COOKIE = "trunkline_session"


async def test_a_person_sees_all_and_is_forgotten_and_the_proof_still_holds(
    shell: Shell, world: World
) -> None:
    async with world.database.transaction() as session:
        await contacts.add_contact(
            session, shell.parts.secret, world.villager.id, "sms", NUMBER, None, DUSK
        )
        token = await sign_in(session, world.villager, DUSK)
    await world.tell(world.ridge, a_message())
    alert = await world.the_alert()
    await world.answer(world.villager, alert.id, AnswerKind.SEEN, DUSK + timedelta(seconds=9))
    async with shell.browser() as browser:
        browser.cookies.set(COOKIE, token)
        await browser.put(f"{ME}/wishes", json={"cooldown_min": 5})
        await browser.put(f"{ME}/cell", json={"latitude": 21.9, "longitude": 100.8})
        known = (await browser.get(f"{ME}/data")).json()
        assert (await browser.delete(ME)).status_code == 204
        browser.cookies.set(COOKIE, token)
        assert (await browser.get(ME)).status_code == 401

    assert known["name"] == "Mai"
    assert (known["answers"], known["deliveries"], known["phones"]) == (1, 2, 2)
    assert known["contacts"] == [{"channel": "sms", "ends_in": "…000"}]
    assert known["cell"] is not None
    await nothing_is_left_of(world, world.villager)
    async with world.database.reading() as session:
        entries = [entry async for entry in chain(session, "valley")]
    assert first_break("valley", entries) is None


async def nothing_is_left_of(world: World, person: Person) -> None:
    everything = ""
    async with world.database.transaction() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                everything += repr(tuple(row))
    assert "Mai" not in everything
    assert NUMBER not in everything
    for phone in await world.rows(Phone):
        if phone.person_id == person.id:
            assert (phone.p256dh, phone.sealed, phone.endpoint) == (
                "",
                None,
                f"forgotten:{phone.id}",
            )
    assert len(await world.rows(Delivery)) == 3


async def test_somebody_forgotten_is_rung_no_more(shell: Shell, world: World) -> None:
    async with world.database.transaction() as session:
        token = await sign_in(session, world.villager, DUSK)
    async with shell.browser() as browser:
        browser.cookies.set(COOKIE, token)
        await browser.delete(ME)

    await world.tell(world.yard, a_message())

    owners = {row.id: row.person_id for row in await world.rows(Phone)}
    rung = {owners[row.phone_id] for row in await world.rows(Delivery)}
    assert rung == {world.ranger.id}
