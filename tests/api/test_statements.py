"""What the way of a warning asks of the database, as the database itself plans to answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from api.database import Database
from api.dispatch import Dispatcher
from api.people.following import cell_at, share_cell
from api.pipeline import handle_receipt
from api.questions import LISTED
from api.tables import AnswerKind, Delivery, Person
from mobile_push.phone_address import PhoneAddress
from mobile_push.push_message import PushMessage, Receipt, Sending
from tests.api.world import DUSK, VALLEY, World, a_message

# a row per site, or per correction; a page; what was asked for
SMALL = {"cell_sharings", "herd_corrections", "due", LISTED}
SOON = DUSK + timedelta(seconds=3)


class Silent:
    """Phones that take all."""

    def __init__(self, rung: asyncio.Event) -> None:
        self._rung = rung

    async def send(self, address: PhoneAddress, message: PushMessage) -> Sending:
        self._rung.set()
        return Sending(Receipt.SENT)


@pytest.fixture
async def world(sqlite_database: Database) -> World:
    return await World.build(sqlite_database)


@contextmanager
def written_down(database: Database) -> Iterator[dict[str, Any]]:
    """The statements that go to the database meanwhile, each with values that it was asked with."""
    said: dict[str, Any] = {}

    def note(_c: object, _d: object, statement: str, values: Any, _x: object, many: bool) -> None:
        said.setdefault(statement, values[0] if many else values)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def read_from_end_to_end(connection: Connection, statement: str, values: Any) -> set[str]:
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    steps = [str(row[3]).split() for row in plan]
    return {step[1] for step in steps if step[0] == "SCAN" and step[1:2] != ["CONSTANT"]}


async def test_no_warning_waits_for_a_table_that_is_read_from_end_to_end(world: World) -> None:
    async with world.database.transaction() as session:
        villager = await session.get_one(Person, world.villager.id)
        cell = cell_at(VALLEY.latitude, VALLEY.longitude)
        await share_cell(session, villager, cell, DUSK + timedelta(hours=1), DUSK)

    with written_down(world.database) as said:
        await world.tell(world.ridge, a_message("elephant", "person"))
        await _dispatch(world, said)
    (alert, (delivery, *_)) = await world.the_alert(), await world.rows(Delivery)
    with written_down(world.database) as also_said:
        async with world.database.transaction() as session:
            await handle_receipt(session, delivery.id, "received", SOON, SOON)
        await world.answer(world.ranger, alert.id, AnswerKind.FALSE_ALARM)

    asked = {
        statement: values
        for statement, values in (said | also_said).items()
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH"))
    }
    async with world.database.engine.connect() as connection:
        slow = {
            statement: found
            for statement, values in asked.items()
            if (found := await connection.run_sync(read_from_end_to_end, statement, values) - SMALL)
        }
    assert len(asked) > 30
    assert not slow


async def _dispatch(world: World, said: dict[str, Any]) -> None:
    rung = asyncio.Event()
    dispatcher = Dispatcher(
        world.database, {"web_push": Silent(rung)}, secret=b"s" * 32, clock=lambda: SOON
    )
    working = asyncio.create_task(dispatcher.run())
    async with asyncio.timeout(20):
        await rung.wait()
        # After what is news it looks who has come near, and what is to be repeated or given up.
        while not any("deliveries.expires_at <= " in each for each in said):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
