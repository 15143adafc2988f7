import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner, Result

from api.alerts.store import NewAnswer
from api.cli import app
from api.database import Database
from api.deliveries import claims, results
from api.migrations import open_blocking, upgrade
from api.pipeline import handle_answer, handle_receipt
from api.tables import AnswerKind, Delivery, Person
from edge_agent.contracts.ids import uuid7
from mobile_push.push_message import Receipt, Sending
from tests.api.world import DUSK, World, a_message

SECOND = timedelta(seconds=1)
SWAP = """
    UPDATE ledger SET number = -number WHERE number IN (3, 4);
    UPDATE ledger SET number = 7 + number WHERE number < 0
"""


@dataclass(frozen=True)
class Office:
    """An administrator's desk: the command, the database it speaks of, and one alert in it."""

    folder: Path
    url: str
    alert_id: str

    def ledger(self, *arguments: str) -> Result:
        environment = {"TRUNKLINE_DATA_DIR": str(self.folder), "TRUNKLINE_DATABASE_URL": self.url}
        return CliRunner().invoke(app, ["ledger", *arguments], env=environment)

    def meddle(self, statement: str) -> None:
        engine = open_blocking(self.url)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def head(self) -> str:
        found = re.search(r"head (\S+);", self.ledger("verify").output)
        assert found is not None
        return found[1]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    url = (
        request.getfixturevalue("postgres_url")
        if request.param == "postgres"
        else f"sqlite+aiosqlite:///{tmp_path / 'trunkline.db'}"
    )
    upgrade(url)
    return Office(tmp_path / "server", url, asyncio.run(_one_warning(url)))


async def _one_warning(url: str) -> str:
    """Raise an alert, ring two phones, have one of them shown and answered; return its id."""
    database = Database(url)
    world = await World.build(database)
    await world.tell(world.ridge, a_message("elephant", "elephant", simulated=True))
    async with database.transaction() as session:
        jobs = await claims.claim(session, DUSK + 3 * SECOND, 10)
    async with database.transaction() as session:
        ended = [(job, Sending(Receipt.SENT)) for job in jobs]
        await results.record(session, ended, DUSK + 3 * SECOND)
    first = min(await world.rows(Delivery), key=lambda row: row.phone_id)
    async with database.transaction() as session:
        at = DUSK + 4 * SECOND
        await handle_receipt(session, first.id, "shown", at, at)
    await world.answer(world.villager, first.alert_id, AnswerKind.ON_MY_WAY, DUSK + 30 * SECOND)
    await database.close()
    return first.alert_id


def test_an_untouched_ledger_holds_and_names_its_head(office: Office) -> None:
    ended = office.ledger("verify", "--site", "valley")

    assert ended.exit_code == 0, ended.output
    assert re.fullmatch(
        r"valley: 8 entries hold; head 8:[0-9a-f]{64}; not signed yet\n", ended.stdout
    )


@pytest.mark.parametrize(
    ("meddling", "sentence"),
    [
        ("UPDATE ledger SET body = replace(body, 'warning', 'watch')", "entry 1 was changed"),
        ("UPDATE ledger SET alert_id = 'x' WHERE number = 4", "entry 4 was changed"),
        ("DELETE FROM ledger WHERE number IN (3, 4)", "entries 3 to 4 are missing"),
        ("DELETE FROM ledger WHERE number = 1", "entry 1 is missing"),
        (SWAP, "entry 3 was moved there: it is number 4 of valley"),
    ],
)
def test_a_touched_ledger_names_the_first_broken_entry(
    meddling: str, sentence: str, office: Office
) -> None:
    for statement in meddling.split(";"):
        office.meddle(statement)

    ended = office.ledger("verify")

    assert ended.exit_code == 1
    assert ended.stdout == f"valley: BROKEN: {sentence}\n"


def test_an_end_that_was_cut_off_is_found_by_who_noted_the_head(office: Office) -> None:
    noted = office.head()
    office.meddle("DELETE FROM ledger WHERE number > 6")

    unaware = office.ledger("verify")
    aware = office.ledger("verify", "--site", "valley", "--head", noted)

    assert unaware.exit_code == 0
    assert (aware.exit_code, aware.stdout) == (1, "valley: BROKEN: entries 7 to 8 were cut off\n")


def test_a_head_noted_yesterday_is_still_in_a_chain_that_grew(office: Office) -> None:
    noted = office.head()
    asyncio.run(_one_more_answer(office))

    ended = office.ledger("verify", "--site", "valley", "--head", noted)
    other = office.ledger("verify", "--site", "valley", "--head", "8:" + "0" * 64)

    assert (ended.exit_code, office.head() == noted) == (0, False)
    assert other.stdout == "valley: BROKEN: entry 8 is not the one that was noted\n"


async def _one_more_answer(office: Office) -> None:
    database = Database(office.url)
    async with database.transaction() as session:
        ranger = (await session.scalars(select(Person).where(Person.name == "Bo"))).one()
        now = DUSK + 60 * SECOND
        answer = NewAnswer(uuid7(), AnswerKind.SEEN, now)
        await handle_answer(session, ranger, office.alert_id, answer, now)
    await database.close()


def test_an_alert_s_proof_reads_as_what_happened(office: Office) -> None:
    ended = office.ledger("show", office.alert_id)

    assert ended.exit_code == 0, ended.output
    *lines, last = ended.stdout.splitlines()
    read = [re.split(r" {2,}", line.strip()) for line in lines]
    assert [line[-2] for line in read] == [
        *("captured", "arrived", "raised", "planned", "sent", "sent"),
        *("received", "shown", "answered", "acknowledged"),
    ]
    assert read[0][-1] == "by station ridge, night ir, 80% sure (elephant-0.1)"
    assert read[1][1:3] == ["+2.0 s", "arrived"]
    assert read[2][:3] == ["#1", "2026-11-22 11:30:02.000Z", "+2.0 s"]
    assert read[2][-1] == (
        "DRILL, warning: 2 seen 400 m from Guanping (geofence 1); "
        "warning within 500 m, watch within 1500 m"
    )
    assert read[3][-1] == "warning to Mai (person 1), Bo (person 2)"
    assert read[7][2:] == ["+4.0 s", "shown", "warning to Mai (person 1)"]
    assert read[8][-1] == "on my way, by Mai (person 1); the alert is acknowledged"
    assert read[9][-1] == "warning, by Mai (person 1)"
    assert last.startswith("valley: 8 entries hold")


def test_a_broken_proof_shows_only_what_still_holds(office: Office) -> None:
    office.meddle("UPDATE ledger SET body = 'no JSON' WHERE number = 3")

    ended = office.ledger("show", office.alert_id)

    assert ended.exit_code == 1
    assert (
        len(ended.stdout.splitlines()) == 5
    )  # captured, arrived, raised, planned, and the verdict
    assert ended.stdout.endswith("valley: BROKEN: entry 3 was changed\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "nothing"), "the ledger says nothing of an alert 'nothing'"),
        (("verify", "--site", "nowhere"), "there is no site 'nowhere'"),
        (("verify", "--head", "8:ab"), "say which with --site"),
        (("verify", "--site", "valley", "--head", "8:ab"), "a head is a number, a colon"),
    ],
)
def test_a_wrong_question_is_answered_with_a_sentence(
    arguments: tuple[str, ...], sentence: str, office: Office
) -> None:
    ended = office.ledger(*arguments)

    assert ended.exit_code == 1
    assert sentence in ended.stderr
