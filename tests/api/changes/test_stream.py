import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta

import pytest

from api.changes.bell import Bell
from api.changes.store import add_change, newest_number
from api.changes.stream import events
from api.changes.watcher import watch
from api.database import Database
from api.tables import Change, Person, Role, Site
from tests.api.world import DUSK, World, a_message


@dataclass
class Event:
    number: int
    kind: str
    data: dict  # type: ignore[type-arg]


class Listener:
    """Reads a stream as a browser does."""

    def __init__(self, world: World, person: Person, after: int, bell: Bell | None = None) -> None:
        self.bell = bell or Bell()
        self.closing = asyncio.Event()
        self._stream = events(
            world.database,
            person,
            after,
            changed=self.bell,
            closing=self.closing,
            clock=lambda: DUSK,
        )

    async def next(self, count: int) -> list[Event]:
        found: list[Event] = []
        async with asyncio.timeout(10):
            async for block in self._stream:
                found += [_read(each) for each in block.decode().split("\n\n") if "data: " in each]
                if len(found) >= count:
                    break
        return found

    async def rest(self) -> list[bytes]:
        async with asyncio.timeout(10):
            return [block async for block in self._stream]


def _read(block: str) -> Event:
    fields = dict(line.split(": ", 1) for line in block.splitlines())
    return Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))


@pytest.fixture
async def told(world: World) -> World:
    """A sighting has raised an alert; both are changes."""
    await world.tell(world.ridge, a_message())
    return world


async def test_a_ranger_sees_the_detection_and_the_alert(told: World) -> None:
    seen = await Listener(told, told.ranger, 0).next(2)

    assert [event.kind for event in seen] == ["detection", "alert"]
    assert seen[1].data["geofence"]["name"] == "Guanping"


async def test_a_villager_sees_alerts_alone_and_blurred(told: World) -> None:
    (alert,) = await Listener(told, told.villager, 0).next(1)

    assert alert.kind == "alert"
    assert alert.data["station"] is None


async def test_who_comes_back_misses_nothing_and_hears_nothing_twice(told: World) -> None:
    first = await Listener(told, told.ranger, 0).next(1)
    last_heard = max(event.number for event in first)
    await told.tell(told.far, a_message(captured_at=DUSK + timedelta(minutes=1)))

    again = await Listener(told, told.ranger, last_heard).next(2)

    assert all(event.number > last_heard for event in again)
    changes = [change.id for change in await told.rows(Change)]
    assert max(event.number for event in again) == max(changes)


async def test_a_commit_is_told_at_once(told: World) -> None:
    async with told.database.reading() as session:
        newest = await newest_number(session, "valley")
    listener = Listener(told, told.ranger, newest)
    waiting = asyncio.create_task(listener.next(1))
    await asyncio.sleep(0.1)

    await told.tell(told.ridge, a_message(captured_at=DUSK + timedelta(minutes=1)))
    listener.bell.ring()

    assert (await waiting)[0].kind == "detection"


async def test_another_process_s_commit_is_noticed(told: World) -> None:
    rings: list[None] = []
    bell = Bell()
    bell.ring = lambda: rings.append(None)  # type: ignore[method-assign]
    watching = asyncio.create_task(watch(told.database, bell))
    async with asyncio.timeout(10):
        while not rings:  # noqa: ASYNC110 - what was there at the start
            await asyncio.sleep(0.01)
        rings.clear()
        await told.tell(told.ridge, a_message(captured_at=DUSK + timedelta(minutes=1)))
        while not rings:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    watching.cancel()

    assert len(rings) == 1


async def test_another_site_s_changes_are_not_told(told: World) -> None:
    await told.add(Site(id="hills", name="Hills", latitude=20, longitude=100))
    stranger = Person(site_id="hills", name="Ana", role=Role.ADMINISTRATOR, joined_at=DUSK)
    await told.add(stranger)
    listener = Listener(told, stranger, 0)
    asyncio.get_running_loop().call_later(0.3, listener.closing.set)

    assert all(b"data: " not in block for block in await listener.rest())


async def test_a_closing_server_ends_its_streams(told: World) -> None:
    listener = Listener(told, told.ranger, 10_000)
    asyncio.get_running_loop().call_later(0.2, listener.closing.set)

    assert (await listener.rest())[0].startswith(b"retry: ")


@pytest.mark.postgres
async def test_numbers_of_a_site_appear_in_order(postgres_database: Database) -> None:
    world = await World.build(postgres_database)

    async def add(subject: str, pause_s: float) -> int:
        async with world.database.transaction() as session:
            await add_change(session, site_id="valley", kind="alert", subject_id=subject, now=DUSK)
            number = await newest_number(session, "valley")
            await asyncio.sleep(pause_s)
        return number

    slow = asyncio.create_task(add("slow", 0.3))
    await asyncio.sleep(0.1)
    quick = await add("quick", 0)

    assert slow.done()  # the quick one had to wait for the slow one's commit
    assert await slow < quick
