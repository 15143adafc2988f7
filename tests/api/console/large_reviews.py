"""What readers said of two events in five of a large site, some of them read twice."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import func, insert, select, text, update

from api.database import Database
from api.individuals.tables import Individual, IndividualSighting
from api.review.tables import EventReview, Label, Reading
from api.tables import Person
from tests.api.world import DUSK

Row = dict[str, Any]
_SAID = ("elephant", "elephant", "nothing", "elephant", "other_animal")


async def read_some(database: Database) -> None:
    """Let two people read events, as `api/review` would keep it, unless some were read before."""
    async with database.transaction() as session:
        if await session.scalar(select(func.max(Reading.label_id))):
            return
        reviewed = EventReview.event_id % 5 < 2
        events = list(await session.scalars(select(EventReview.event_id).where(reviewed)))
        one, other = (await session.scalars(select(Person.id).order_by(Person.id).limit(2))).all()
        known = list(await session.scalars(select(Individual.id)))
        said = [(event, one) for event in events]
        said += [(event, other) for event in events if event % 50 == 0]
        for table, rows in (
            (Label, [_label(*each) for each in enumerate(said, 1)]),
            (Reading, [_reading(*each) for each in enumerate(said, 1)]),
            (IndividualSighting, list(_sightings(events, known))),
        ):
            await session.execute(insert(table), rows)
        if session.get_bind().dialect.name == "postgresql":  # which counts only what it numbers
            await session.execute(text("SELECT setval('labels_id_seq', max(id)) FROM labels"))
        for number, decision in enumerate(_SAID):
            mine = reviewed & (EventReview.event_id % len(_SAID) == number)
            verdict = {"state": "done", "verdict": decision, "readers": 1, "count": 1}
            await session.execute(update(EventReview).where(mine).values(verdict))


async def be_the_reader(database: Database) -> None:
    """Make the newest person the one who has read most of what was read."""
    async with database.transaction() as session:
        newest = await session.scalar(select(func.max(Person.id)))
        counted = select(Reading.person_id).group_by(Reading.person_id)
        most = await session.scalar(counted.order_by(func.count().desc()).limit(1))
        for table in (Label, Reading):
            mine = update(table).where(table.person_id == most)
            await session.execute(mine.values(person_id=newest))


def _label(number: int, said: tuple[int, int]) -> Row:
    event, person = said
    return {
        "id": number,
        "key": str(uuid5(NAMESPACE_OID, f"label {number}")),
        "site_id": "valley",
        "event_id": event,
        "person_id": person,
        "made_at": DUSK - timedelta(minutes=number),
        "decision": _SAID[event % len(_SAID)],
        "settles": False,
        "groups": [],
        "behaviour": "",
        "individuals": [],
        "network": [],
    }


def _reading(number: int, said: tuple[int, int]) -> Row:
    event, person = said
    return {
        "event_id": event,
        "reader": f"person:{person}",
        "site_id": "valley",
        "person_id": person,
        "label_id": number,
        "decision": _SAID[event % len(_SAID)],
        "settles": False,
        "made_at": DUSK - timedelta(minutes=number),
    }


def _sightings(events: list[int], known: list[int]) -> Iterator[Row]:
    for event in events[::7]:
        yield {"event_id": event, "individual_id": known[event % len(known)]}
