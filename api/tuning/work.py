"""The worker that keeps thresholds' reports fresh: when asked, and once a day by itself."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Database, insert_into
from api.fleet.tables import StationReport
from api.sites.store import all_sites
from api.tables import Site, Station
from api.tuning.evidence import Place
from api.tuning.report import balance_of, evidences, report_of
from api.tuning.rules import Evidence, Promise
from api.tuning.store import days_watched, digest_events, rows_of
from api.tuning.tables import ThresholdReport, ThresholdWork
from edge_agent.contracts.messages import Lighting

_log = logging.getLogger(__name__)

WINDOW = timedelta(days=365)
FRESH_FOR = timedelta(days=1)
ASK_EVERY = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(minutes=15)  # a worker that was killed
LOOK_EVERY_S = 2.0
Clock = Callable[[], datetime]


async def keep_reports(database: Database, *, clock: Clock) -> None:
    """Make what was asked for, until cancelled. Several processes may do this at once."""
    asked_at: datetime | None = None
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            if asked_at is None or clock() - asked_at > ASK_EVERY:
                asked_at = clock()
                async with database.transaction() as session:
                    await ask_daily(session, asked_at)
            await make_due(database, clock)
        except Exception:  # noqa: BLE001 - the top of a worker's loop: it goes on, loudly
            _log.exception("thresholds' reports cannot be made")
            await asyncio.sleep(30)


async def make_due(database: Database, clock: Clock) -> int:
    """Make the reports that are due; return of how many sites."""
    async with database.reading() as session:
        due = list(await session.scalars(_due(clock())))
    made = 0
    for site_id in due:
        async with database.transaction() as session:
            if not await _claim(session, site_id, clock()):
                continue
        await _make(database, site_id, clock)
        made += 1
    return made


async def ask(session: AsyncSession, site_id: str, now: datetime) -> None:
    """Ask for a site's reports to be made anew."""
    added = insert_into(session, ThresholdWork).values(site_id=site_id, wanted_at=now)
    await session.execute(
        added.on_conflict_do_update(
            index_elements=[ThresholdWork.site_id], set_={"wanted_at": now, "problem": ""}
        )
    )


async def ask_daily(session: AsyncSession, now: datetime) -> None:
    """Ask for the reports of sites that have had none for a day."""
    known = {row.site_id: row.wanted_at for row in await session.scalars(select(ThresholdWork))}
    for site in await all_sites(session):
        if site.id not in known or now - known[site.id] > FRESH_FOR:
            await ask(session, site.id, now)


def _due(now: datetime):  # type: ignore[no-untyped-def]  # SQLAlchemy 2.0 and 2.1 differ
    work = ThresholdWork
    return select(work.site_id).where(
        or_(work.done_at.is_(None), work.done_at < work.wanted_at),
        or_(
            work.began_at.is_(None),
            work.began_at < work.wanted_at,
            work.began_at < now - GIVEN_UP_AFTER,
        ),
    )


async def _claim(session: AsyncSession, site_id: str, now: datetime) -> bool:
    due = _due(now).subquery()
    claimed = (
        update(ThresholdWork)
        .where(ThresholdWork.site_id == site_id, ThresholdWork.site_id.in_(select(due.c.site_id)))
        .values(began_at=now, step="reading what was seen", problem="")
        .returning(ThresholdWork.site_id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(claimed) is not None


async def _make(database: Database, site_id: str, clock: Clock) -> None:
    try:
        await make_reports(database, site_id, clock)
    except Exception as error:
        async with database.transaction() as session:
            values = {"done_at": clock(), "problem": f"{type(error).__name__}: {error}"[:500]}
            await _note(session, site_id, values)
        raise


async def make_reports(database: Database, site_id: str, clock: Clock) -> int:
    """Make a site's reports from all that is known; return how many places there are."""
    now = clock()
    more, part = True, 0
    while more:
        async with database.transaction() as session:
            more = await digest_events(session, site_id, now)
            part += 1
            await _note(session, site_id, {"step": f"reading events, part {part}"})
    async with database.reading() as session:
        since = now - WINDOW
        rows = await rows_of(session, site_id, since)
        days = await days_watched(session, site_id, since, now)
        noon = await _noon(session, site_id)
        in_force = await thresholds_in_force(session, site_id)
    places = evidences(rows, days, noon)
    bodies: dict[Place, dict[str, object]] = {}
    for number, (place, evidence) in enumerate(places.items(), 1):
        samples = sum(each.score < evidence.told_from for each in evidence.passages)
        bodies[place] = await asyncio.to_thread(report_of, evidence, Promise(), samples)
        if number % 10 == 0:
            async with database.transaction() as session:
                await _note(session, site_id, {"step": f"{number} of {len(places)} cameras"})
    current = {place: _now(place, evidence, in_force) for place, evidence in places.items()}
    balance = await asyncio.to_thread(balance_of, places, current)
    async with database.transaction() as session:
        await session.execute(delete(ThresholdReport).where(ThresholdReport.site_id == site_id))
        session.add_all(
            ThresholdReport(
                site_id=site_id, as_of=now, body=body | {"now": current[place]}, **place._asdict()
            )
            for place, body in bodies.items()
        )
        await _note(session, site_id, {"done_at": clock(), "step": "", "balance": balance})
    return len(places)


async def thresholds_in_force(session: AsyncSession, site_id: str) -> dict[Place, float]:
    """Return the thresholds that stations report as tuned; the release's own are not among them."""
    wanted = (
        select(StationReport.station_id, StationReport.config)
        .join(Station, Station.id == StationReport.station_id)
        .where(Station.site_id == site_id)
    )
    found: dict[Place, float] = {}
    for station_id, config in await session.execute(wanted):
        effective = (config or {}).get("effective") or {}
        for camera, view in (effective.get("cameras") or {}).items():
            own = (effective.get("thresholds") or {}) | ((view or {}).get("thresholds") or {})
            for light in Lighting:
                if light in own:
                    found[Place(station_id, camera, light)] = float(own[light])
    return found


def _now(place: Place, evidence: Evidence, in_force: dict[Place, float]) -> float:
    return in_force.get(place, evidence.told_from)


async def _note(session: AsyncSession, site_id: str, values: dict[str, object]) -> None:
    noted = update(ThresholdWork).where(ThresholdWork.site_id == site_id).values(**values)
    await session.execute(noted.execution_options(synchronize_session=False))


async def _noon(session: AsyncSession, site_id: str) -> timedelta:
    """Return when in UTC it is noon at the site, by its longitude: there a night is not cut."""
    longitude = await session.scalar(select(Site.longitude).where(Site.id == site_id))
    return timedelta(hours=12 - (longitude or 0.0) / 15)
