"""Rows of the ledger: added at a site's end, never changed; and notes that wait for it."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import add_rows
from api.ledger.rules import START, Entry, Head, Note, Step, canonical, chained
from api.ledger.tables import WaitingNote
from api.questions import ask
from api.sites.store import lock_site
from api.tables import LedgerEntry

PAGE = 1000

_TAKEN = (
    delete(WaitingNote)
    .where(WaitingNote.site_id == bindparam("site"))
    .returning(
        WaitingNote.id,
        WaitingNote.alert_id,
        WaitingNote.step,
        WaitingNote.facts,
        WaitingNote.at,
    )
)
_HEAD = (
    select(LedgerEntry.number, LedgerEntry.hash)
    .where(LedgerEntry.site_id == bindparam("site"))
    .order_by(LedgerEntry.number.desc())
    .limit(1)
)


async def append(session: AsyncSession, site_id: str, notes: Sequence[Note], now: datetime) -> None:
    """Add entries in the transaction of what they record: both are kept, or neither.

    The site is locked, so its entries follow each other in the order in which they are committed.
    Whoever changes rows that others change too has to lock the site before them. What waits comes
    first: it was said before.
    """
    if not notes:
        return
    await lock_site(session, site_id)
    waited = await _take_waiting(session, site_id)
    entries = chained(site_id, await head_of(session, site_id), [*waited, *notes], now)
    rows = [
        {
            "site_id": site_id,
            "number": entry.number,
            "alert_id": entry.alert_id,
            "body": entry.body,
            "previous": entry.previous,
            "hash": entry.hash,
        }
        for entry in entries
    ]
    await add_rows(session, LedgerEntry, rows)


async def leave(session: AsyncSession, site_id: str, notes: Iterable[Note], now: datetime) -> None:
    """Leave notes to be chained by whoever appends next, without the site's lock.

    They are kept in the transaction of what they record, too; only their place in the chain is
    still open.
    """
    rows = [
        {
            "site_id": site_id,
            "alert_id": note.alert_id,
            "step": str(note.step),
            "facts": canonical(note.facts),
            "at": now,
        }
        for note in notes
    ]
    await add_rows(session, WaitingNote, rows)


async def sites_waiting(session: AsyncSession) -> Sequence[str]:
    """Return the sites at which notes wait, in their order."""
    wanted = select(WaitingNote.site_id).distinct().order_by(WaitingNote.site_id)
    return (await session.scalars(wanted)).all()


async def chain_waiting(session: AsyncSession, site_id: str, now: datetime) -> None:
    """Chain what waits at the site."""
    await lock_site(session, site_id)
    await append(session, site_id, await _take_waiting(session, site_id), now)


async def _take_waiting(session: AsyncSession, site_id: str) -> list[Note]:
    rows = sorted(await ask(session, _TAKEN, site=site_id), key=lambda row: row.id)
    return [Note(Step(row.step), row.alert_id, json.loads(row.facts), row.at) for row in rows]


async def head_of(session: AsyncSession, site_id: str) -> Head:
    """Return the end of the site's chain."""
    row = (await ask(session, _HEAD, site=site_id)).first()
    return Head(row.number, row.hash) if row is not None else START


async def chain(session: AsyncSession, site_id: str) -> AsyncIterator[Entry]:
    """Yield the site's whole chain by number, without ever holding all of it."""
    after = START.number
    while True:
        wanted = (
            select(LedgerEntry)
            .where(LedgerEntry.site_id == site_id, LedgerEntry.number > after)
            .order_by(LedgerEntry.number)
            .limit(PAGE)
        )
        page = [_entry(row) for row in await session.scalars(wanted)]
        if not page:
            return
        for entry in page:
            yield entry
        after = page[-1].number


async def hashes(session: AsyncSession, site_id: str) -> AsyncIterator[Head]:
    """Yield number and hash of each entry of the site's chain, without what it says."""
    after = START.number
    while True:
        wanted = (
            select(LedgerEntry.number, LedgerEntry.hash)
            .where(LedgerEntry.site_id == site_id, LedgerEntry.number > after)
            .order_by(LedgerEntry.number)
            .limit(10 * PAGE)
        )
        page = (await session.execute(wanted)).all()
        if not page:
            return
        for row in page:
            yield Head(row.number, row.hash)
        after = page[-1].number


async def of_alert(session: AsyncSession, alert_id: str) -> tuple[str | None, list[Entry]]:
    """Return the site of an alert, None if nothing is kept of it, and its entries, oldest first."""
    wanted = (
        select(LedgerEntry)
        .where(LedgerEntry.alert_id == alert_id)
        .order_by(LedgerEntry.site_id, LedgerEntry.number)
    )
    rows = (await session.scalars(wanted)).all()
    return rows[0].site_id if rows else None, [_entry(row) for row in rows]


def _entry(row: LedgerEntry) -> Entry:
    return Entry(row.number, row.alert_id, row.body, row.previous, row.hash)
