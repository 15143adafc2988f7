import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.database import Database
from api.ledger.rules import START, Note, Step, chained
from api.ledger.signer import SIGNATURES_FILE, Signer
from api.ledger.signing import SECRET_FILE, LedgerKey
from api.ledger.store import chain
from api.ledger.tables import LedgerSignature
from api.migrations import upgrade
from api.tables import AnswerKind
from tests.api.shell import Clock
from tests.api.world import DUSK, World, a_message

DAY = timedelta(days=1)


class Desk:
    """A server's data folder in which an alert was raised, and who signs there."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.world = world
        self.clock = Clock(DUSK + timedelta(seconds=3))
        self.signer = Signer(
            world.database, LedgerKey.load_or_create(folder), folder, clock=self.clock
        )

    def meddle(self, statement: str) -> None:
        with sqlite3.connect(self.folder / "trunkline.db") as connection:
            connection.executescript(statement)

    async def verify(self, *arguments: str) -> Result:
        return await asyncio.to_thread(
            CliRunner().invoke,
            app,
            ["ledger", "verify", *arguments],
            env={"TRUNKLINE_DATA_DIR": str(self.folder)},
        )

    async def answer(self) -> None:
        alert = await self.world.the_alert()
        await self.world.answer(self.world.villager, alert.id, AnswerKind.SEEN)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'trunkline.db'}"
    await asyncio.to_thread(upgrade, url)
    database = Database(url)
    world = await World.build(database)
    await world.tell(world.ridge, a_message())
    yield Desk(tmp_path, world)
    await database.close()


async def test_each_day_is_signed_once_and_the_stop_what_came_after(desk: Desk) -> None:
    running = asyncio.create_task(desk.signer.run())
    async with asyncio.timeout(20):
        while not (desk.folder / SIGNATURES_FILE).exists():  # noqa: ASYNC110 - another's file
            await asyncio.sleep(0.01)
    assert await desk.signer.sign_today() == []
    await desk.answer()
    desk.clock.wind(minutes=1)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    desk.clock.wind(days=1)
    await desk.signer.sign_today()

    signed = await desk.world.rows(LedgerSignature)

    assert [row.number for row in signed] == [2, 4, 4]
    assert [row.signed_at.day for row in signed] == [22, 22, 23]
    said = (await desk.verify()).stdout
    assert "; signed up to 4 on 2026-11-23 11:31 UTC\n" in said


async def test_an_end_cut_off_after_it_was_signed_is_found_though_nobody_noted_it(
    desk: Desk,
) -> None:
    await desk.signer.sign_today()
    desk.meddle("DELETE FROM ledger WHERE number = 2")

    ended = await desk.verify()

    assert (ended.exit_code, ended.stdout) == (1, "valley: BROKEN: entries 2 to 2 were cut off\n")


async def test_taking_the_signatures_out_of_the_database_helps_no_forger(desk: Desk) -> None:
    await desk.signer.sign_today()
    desk.meddle("DELETE FROM ledger WHERE number = 2; DELETE FROM ledger_signatures")

    assert (await desk.verify()).exit_code == 1


async def test_a_chain_written_anew_from_its_start_is_found(desk: Desk) -> None:
    await desk.signer.sign_today()
    await forge(desk)
    kept = desk.folder / "kept-elsewhere.jsonl"
    (desk.folder / SIGNATURES_FILE).rename(kept)
    desk.meddle("DELETE FROM ledger_signatures")

    unaware = await desk.verify()
    aware = await desk.verify("--signatures", str(kept))

    assert (unaware.exit_code, aware.exit_code) == (0, 1)
    assert "were written anew: they are not what was signed on 2026-11-22" in aware.stdout


async def forge(desk: Desk) -> None:
    """Write the chain anew, saying that fewer were seen: each hash fits the one before."""
    async with desk.world.database.reading() as session:
        kept = [json.loads(entry.body) async for entry in chain(session, "valley")]
    notes = [Note(Step(s["step"]), s["alert"], s["facts"] | {"count": 0}) for s in kept]
    for entry in chained("valley", START, notes, DUSK):
        with sqlite3.connect(desk.folder / "trunkline.db") as connection:
            connection.execute(
                "UPDATE ledger SET body = ?, previous = ?, hash = ? WHERE number = ?",
                (entry.body, entry.previous, entry.hash, entry.number),
            )


@pytest.mark.parametrize(
    ("meddling", "sentence"),
    [
        ("UPDATE ledger_signatures SET number = 1", "forged or damaged"),
        ("UPDATE ledger_signatures SET signature = 'nonsense'", "forged or damaged"),
        ("UPDATE ledger_signatures SET number = -1", "forged or damaged"),
        (f"UPDATE ledger_signatures SET key = '{'ab' * 32}'", "was made with an unknown key abab"),
    ],
)
async def test_a_signature_that_was_touched_is_found(
    meddling: str, sentence: str, desk: Desk
) -> None:
    await desk.signer.sign_today()
    desk.meddle(meddling)

    ended = await desk.verify()

    assert ended.exit_code == 1
    assert sentence in ended.stdout


async def test_a_server_with_a_new_key_is_believed_by_who_knows_the_old_one(desk: Desk) -> None:
    await desk.signer.sign_today()
    old = LedgerKey.load_or_create(desk.folder).public
    (desk.folder / SECRET_FILE).unlink()

    assert (await desk.verify()).exit_code == 1
    assert (await desk.verify("--key", old)).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--key", "short"), "a ledger's public key is 64 hex digits"),
        (("--signatures", "{folder}/trunkline.db"), "cannot be read"),
        (("--signatures", "{folder}/ledger.secret"), "is no signature of a ledger"),
    ],
)
async def test_what_is_no_key_and_no_signature_is_said(
    arguments: tuple[str, ...], sentence: str, desk: Desk
) -> None:
    ended = await desk.verify(*(each.format(folder=desk.folder) for each in arguments))

    assert ended.exit_code == 1
    assert sentence in ended.stderr
