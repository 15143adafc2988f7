"""Statements that are written once, and many rows at once, on each kind of database."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from api import bulk
from api.bulk import JsonText, add_numbered, add_rows, change_rows
from api.database import Database
from api.questions import among, ask, say
from api.spelling import array_of
from api.tables import Geofence, Herd, Site, Station

NIGHT = datetime(2026, 11, 28, 3, 0, tzinfo=timezone(timedelta(hours=7)))
NAMED = select(Site.id).where(among(Site.id, "ids")).order_by(Site.id)
EITHER = (
    select(Site.id)
    .where(or_(among(Site.id, "ids") & (Site.latitude > bindparam("south")), Site.name == "B"))
    .order_by(Site.id)
)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


def a_site(name: str, latitude: float = 22) -> dict[str, Any]:
    return {"id": name, "name": name.upper(), "latitude": latitude, "longitude": 100.5,
            "timezone": "UTC", "geofences_version": 0}  # fmt: skip


async def test_one_of_more_values_than_a_statement_can_name(database: Database) -> None:
    async with database.transaction() as session:
        await add_rows(session, Site, [a_site("a"), a_site("b"), a_site("c", 50)])
        crowd = [f"nobody {number}" for number in range(70_000)]

        assert (await ask(session, NAMED, ids=["c", *crowd, "a"])).scalars() == ["a", "c"]
        assert (await ask(session, NAMED, ids=set())).scalars() == []
        assert (await ask(session, EITHER, ids=("a", "c"), south=30)).scalars() == ["b", "c"]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(WORDS, min_size=1, max_size=4, unique=True), sought=WORDS)
async def test_whatever_a_value_says_it_is_one_value(
    sqlite_database: Database, names: list[str], sought: str
) -> None:
    async with sqlite_database.transaction() as session:
        await add_rows(session, Site, [a_site(name) for name in names])
        found = (await ask(session, NAMED, ids=[*names, sought])).scalars()
        await session.rollback()

    assert set(found) == set(names)


@pytest.mark.postgres
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(st.none() | WORDS, max_size=4),
    numbers=st.lists(st.none() | st.floats(), max_size=4),
    moments=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=3),
    letters=st.lists(st.binary(max_size=9), max_size=3),
)
async def test_an_array_says_what_its_values_say(
    postgres_database: Database,
    names: list[str | None],
    numbers: list[float | None],
    moments: list[datetime],
    letters: list[bytes],
) -> None:
    words = "SELECT %s::TEXT[], %s::FLOAT[], %s::TIMESTAMPTZ[], %s::BYTEA[]"
    async with postgres_database.reading() as session:
        asked = [array_of(each) for each in (names, numbers, moments, letters)]
        (said,) = await say(session, words, asked)

    assert said[0] == names
    assert list(map(repr, said[1])) == list(map(repr, numbers))  # not a number is itself
    assert said[2:] == (moments, letters)


async def test_a_question_among_words_and_values_of_an_in_is_one_question(
    database: Database,
) -> None:
    question = (
        select(Site.id, Site.latitude)
        .where(among(Site.id, "ids"), Site.name.in_(["A", "C"]), Site.latitude < bindparam("north"))
        .order_by(Site.id)
    )
    async with database.transaction() as session:
        await add_rows(session, Site, [a_site("a"), a_site("b"), a_site("c", 50), a_site("C", 60)])
        found = await ask(session, question, ids={"a", "b", "c"}, north=90)

    assert found == [("a", 22.0), ("c", 50.0)]
    assert [row.latitude for row in found] == [22.0, 50.0]


async def test_a_transaction_that_was_taken_back_asks_on_a_connection_of_its_own(
    database: Database,
) -> None:
    async with database.reading() as session:
        assert not await ask(session, NAMED, ids=["a"])
        await session.rollback()
        assert not await ask(session, NAMED, ids=["a"])


@pytest.mark.parametrize("few", [1, 1_000], ids=["by copy", "by insert"])
async def test_rows_come_back_as_they_were_added_and_changed(
    database: Database, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "FEW", few)
    herd = {
        "site_id": "a",
        "first_seen_at": NIGHT,
        "last_seen_at": NIGHT,
        "latitude": 22,  # whole and broken numbers beside each other
        "longitude": 100.5,
        "count": 3,
        "path": [["é", None, 0.5]],
        "simulated": False,
    }
    async with database.transaction() as session:
        await add_rows(session, Site, [a_site("a")])
        one, other = await add_numbered(session, Herd, [herd, herd | {"latitude": 22.5}])
        grown = {"last_seen_at": NIGHT + timedelta(hours=1), "count": 70_000}
        changes = [
            {"id": one, "latitude": 23, "path": JsonText("[1]"), **grown},
            {"id": other, "latitude": 23.5, "path": JsonText('["\\t{},"]'), **grown},
        ]
        await change_rows(session, Herd, changes)
        place = {"site_id": "a", "area": {"type": "Point"}, "buffer_m": 5, "watch_m": 7.5}
        odd = {"name": 'a,"b"\t\\{}', "kind": "field", "confidence": {}}
        fence = place | odd | {"removed_at": None, "schedule": None}
        await add_rows(session, Geofence, [fence | {"id": 1}, fence | {"id": 2, "watch_m": 8}])

        herds = (await session.scalars(select(Herd).order_by(Herd.id))).all()
        fences = (await session.scalars(select(Geofence).order_by(Geofence.id))).all()

    assert [(each.latitude, each.path, each.count) for each in herds] == [
        (23, [1], 70_000),
        (23.5, ["\t{},"], 70_000),
    ]
    assert {each.last_seen_at for each in herds} == {datetime(2026, 11, 27, 21, 0, tzinfo=UTC)}
    assert {(each.name, each.schedule) for each in fences} == {(odd["name"], None)}
    assert [each.watch_m for each in fences] == [7.5, 8]


@pytest.mark.postgres
async def test_what_is_too_long_for_its_column_is_refused_and_not_cut(
    postgres_database: Database,
) -> None:
    with pytest.raises(DBAPIError, match="too long"):
        async with postgres_database.transaction() as session:
            await add_rows(session, Site, [a_site("a" * 41)])


async def test_what_is_there_already_is_not_added_again(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await add_rows(session, Site, [a_site("a"), a_site("a")])


async def test_what_was_said_through_objects_before_is_known(database: Database) -> None:
    away = update(Station).where(Station.name_id == bindparam("which")).values(state="stopped")
    async with database.transaction() as session:
        await add_rows(session, Site, [a_site("a")])
        session.add(
            Station(site_id="a", name_id="r", name="R", key=b"k" * 32, latitude=1, longitude=2,
                    enrolled_at=NIGHT)
        )  # fmt: skip
        changed = await ask(session, away, which="r")

        assert changed.rowcount == 1


async def test_what_was_said_in_a_savepoint_goes_with_it(database: Database) -> None:
    async with database.transaction() as session:
        await add_rows(session, Site, [a_site("a")])
        with suppress(ZeroDivisionError):
            async with session.begin_nested():
                await add_rows(session, Site, [a_site("b")])
                raise ZeroDivisionError
        async with session.begin_nested():
            await add_rows(session, Site, [a_site("c")])

    async with database.reading() as session:
        found = (await ask(session, NAMED, ids=["a", "b", "c"])).scalars()

    assert found == ["a", "c"]
