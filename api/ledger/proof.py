"""What an administrator asks of the ledger: does it hold, and what does it say of one alert?"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import NotFoundError
from api.ledger import store
from api.ledger.rules import START, Break, Head, break_at
from api.ledger.timeline import Line, Names, timeline
from api.server import opened_database
from api.settings import ServerSettings
from api.sites.store import all_sites, site_of
from api.tables import Geofence, Person


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a site's chain holds, and where it ends as far as it does."""

    site_id: str
    head: Head
    broken: Break | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What happened to one alert as far as the chain that says so holds, and how far that is."""

    lines: list[Line]
    verdict: Verdict


async def verify(
    settings: ServerSettings, site_id: str | None = None, noted: Head | None = None
) -> list[Verdict]:
    """Walk the chain of one site, or of all. `noted` is a head that the chain must contain.

    Raises:
        NotFoundError: no such site.
    """
    async with _reading(settings) as session:
        if site_id is not None:
            return [await _walk(session, (await site_of(session, site_id)).id, noted)]
        return [await _walk(session, site.id, noted) for site in await all_sites(session)]


async def show(settings: ServerSettings, alert_id: str) -> Proof:
    """Return what the ledger says of one alert.

    Raises:
        NotFoundError: it says nothing of it.
    """
    async with _reading(settings) as session:
        site_id, entries = await store.of_alert(session, alert_id)
        if site_id is None:
            raise NotFoundError(f"the ledger says nothing of an alert {alert_id!r}")
        verdict = await _walk(session, site_id, None)
        sound = [entry for entry in entries if entry.number <= verdict.head.number]
        return Proof(timeline(sound, await _names(session, site_id)), verdict)


async def _walk(session: AsyncSession, site_id: str, noted: Head | None) -> Verdict:
    head = START
    is_met = noted is None or noted == START
    async for entry in store.chain(session, site_id):
        broken = break_at(site_id, head, entry)
        if broken is not None:
            return Verdict(site_id, head, broken)
        head = entry.head
        is_met = is_met or head == noted
    return Verdict(site_id, head, None if noted is None or is_met else _unlike(noted, head))


def _unlike(noted: Head, head: Head) -> Break:
    if noted.number > head.number:
        return Break(head.number + 1, f"entries {head.number + 1} to {noted.number} were cut off")
    return Break(noted.number, f"entry {noted.number} is not the one that was noted")


async def _names(session: AsyncSession, site_id: str) -> Names:
    people = select(Person.id, Person.name).where(Person.site_id == site_id)
    geofences = select(Geofence.id, Geofence.name).where(Geofence.site_id == site_id)
    return Names(
        people=_by_id(await session.execute(people)),
        geofences=_by_id(await session.execute(geofences)),
    )


def _by_id(rows: Iterable[tuple[int, str]]) -> dict[int, str]:
    return dict(iter(rows))


@asynccontextmanager
async def _reading(settings: ServerSettings) -> AsyncIterator[AsyncSession]:
    async with opened_database(settings) as database, database.reading() as session:
        yield session
