"""Signs each site's chain once a day and when the server stops; works in every serving process.

A signature is kept in the database, and in a file beside it that only grows: whoever can write the
database alone cannot then take signatures back. Copies elsewhere are better still.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Database, insert_into
from api.ledger import store
from api.ledger.keeper import chain_all_waiting
from api.ledger.rules import START, Head
from api.ledger.signing import LedgerKey, SignedHead
from api.ledger.tables import LedgerSignature
from api.ledger.tree import GrowingTree
from api.sites.store import all_sites

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 60.0
SIGN_AT_STOP_WITHIN_S = 4.0
SIGNATURES_FILE = "ledger-signatures.jsonl"


class Signer:
    """Works until cancelled, and signs once more then."""

    def __init__(
        self, database: Database, key: LedgerKey, data_dir: Path, *, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._key = key
        self._file = data_dir / SIGNATURES_FILE
        self._clock = clock

    async def run(self) -> None:
        """Look once a minute whether a day has begun. A database that is away is waited for."""
        try:
            while True:
                try:
                    await self.sign_today()
                except (SQLAlchemyError, OSError) as error:
                    _log.warning("the ledger cannot be signed now: %s", error)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await self._sign_at_stop()

    async def sign_today(self) -> list[SignedHead]:
        """Sign the chains that were not signed today (UTC); return the new signatures."""
        return await self._sign(_is_from_an_earlier_day)

    async def sign_rest(self) -> list[SignedHead]:
        """Sign the chains that have grown since they were signed; return the new signatures."""
        await chain_all_waiting(self._database, self._clock())
        return await self._sign(_has_grown)

    async def _sign(
        self, is_due: Callable[[LedgerSignature, Head, datetime], bool]
    ) -> list[SignedHead]:
        now = self._clock()
        signed = []
        for site_id in await self._due(now, is_due):
            async with self._database.reading() as session:
                head, root = await end_of(session, site_id)
            signed.append(self._key.sign(site_id, head, root, now))
        if signed:
            async with self._database.transaction() as session:
                await keep(session, signed)
            await asyncio.to_thread(_note, self._file, signed)
        return signed

    async def _due(
        self, now: datetime, is_due: Callable[[LedgerSignature, Head, datetime], bool]
    ) -> list[str]:
        due = []
        async with self._database.reading() as session:
            for site in await all_sites(session):
                head = await store.head_of(session, site.id)
                newest = await newest_signature(session, site.id)
                if head != START and (newest is None or is_due(newest, head, now)):
                    due.append(site.id)
        return due

    async def _sign_at_stop(self) -> None:
        try:
            async with asyncio.timeout(SIGN_AT_STOP_WITHIN_S):
                await self.sign_rest()
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            _log.warning("the ledger was not signed at the end: %s", error)


async def end_of(session: AsyncSession, site_id: str) -> tuple[Head, str]:
    """Return the end of a site's chain, and the root of the tree over all of it."""
    tree, head = GrowingTree(), START
    async for entry in store.hashes(session, site_id):
        tree.add(entry.hash)
        head = entry
    return head, tree.root


async def newest_signature(session: AsyncSession, site_id: str) -> LedgerSignature | None:
    """Return the newest signature under the site's chain."""
    wanted = (
        select(LedgerSignature)
        .where(LedgerSignature.site_id == site_id)
        .order_by(LedgerSignature.signed_at.desc())
        .limit(1)
    )
    return (await session.scalars(wanted)).one_or_none()


async def signatures_of(session: AsyncSession, site_id: str) -> list[SignedHead]:
    """Return every signature under the site's chain, oldest first, as it is kept: unchecked."""
    wanted = (
        select(LedgerSignature)
        .where(LedgerSignature.site_id == site_id)
        .order_by(LedgerSignature.signed_at)
    )
    return [
        SignedHead.model_construct(
            site=row.site_id,
            number=row.number,
            hash=row.hash,
            root=row.root,
            signed_at=row.signed_at,
            key=row.key,
            signature=row.signature,
        )
        for row in await session.scalars(wanted)
    ]


async def keep(session: AsyncSession, signed: Sequence[SignedHead]) -> None:
    """Keep signatures. Safe to repeat."""
    rows = [{"site_id": each.site, **each.model_dump(exclude={"site"})} for each in signed]
    statement = insert_into(session, LedgerSignature).values(rows)
    await session.execute(statement.on_conflict_do_nothing())


def _is_from_an_earlier_day(newest: LedgerSignature, _: Head, now: datetime) -> bool:
    return newest.signed_at.date() < now.date()


def _has_grown(newest: LedgerSignature, head: Head, _: datetime) -> bool:
    return newest.number < head.number


def _note(path: Path, signed: Sequence[SignedHead]) -> None:
    """Add signatures to the file, which may outlive the database."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(each.model_dump_json() + "\n" for each in signed))
        file.flush()
        os.fsync(file.fileno())
