"""What an administrator asks of the ledger: does it hold, and what does it say of one alert?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import NotFoundError
from api.ledger import store
from api.ledger.names import names_at
from api.ledger.rules import Head
from api.ledger.timeline import Line, timeline
from api.ledger.walking import Trusted, Verdict, walk
from api.server import opened_database
from api.settings import ServerSettings
from api.sites.store import all_sites, site_of


@dataclass(frozen=True, slots=True)
class Proof:
    """What happened to one alert as far as the chain that says so holds, and how far that is."""

    lines: list[Line]
    verdict: Verdict


async def verify(
    settings: ServerSettings,
    site_id: str | None = None,
    noted: Head | None = None,
    trusted: Trusted | None = None,
) -> list[Verdict]:
    """Walk the chain of one site, or of all. `noted` is a head that the chain must contain.

    Raises:
        NotFoundError: no such site.
    """
    trusted = trusted or Trusted.by(settings.data_dir)
    async with _reading(settings) as session:
        if site_id is not None:
            known = [(await site_of(session, site_id)).id]
        else:
            known = [site.id for site in await all_sites(session)]
        return [(await walk(session, each, noted, trusted))[0] for each in known]


async def show(settings: ServerSettings, alert_id: str) -> Proof:
    """Return what the ledger says of one alert.

    Raises:
        NotFoundError: it says nothing of it.
    """
    async with _reading(settings) as session:
        site_id, entries = await store.of_alert(session, alert_id)
        if site_id is None:
            raise NotFoundError(f"the ledger says nothing of an alert {alert_id!r}")
        verdict, _ = await walk(session, site_id, None, Trusted.by(settings.data_dir))
        sound = [entry for entry in entries if entry.number <= verdict.head.number]
        return Proof(timeline(sound, await names_at(session, site_id)), verdict)


@asynccontextmanager
async def _reading(settings: ServerSettings) -> AsyncIterator[AsyncSession]:
    async with opened_database(settings) as database, database.reading() as session:
        yield session
