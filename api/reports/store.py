"""Rows of reports."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import AlreadyExistsError, NotFoundError
from api.position import Position
from api.reports.rules import LIMITS, SAME_TIME, Spotted
from api.reports.tables import Report
from api.tables import Person


async def known_report(session: AsyncSession, person: Person, report_id: str) -> Report | None:
    """Return the report if this person made it already.

    Raises:
        AlreadyExistsError: the id was used by somebody else.
    """
    known = await session.get(Report, report_id)
    if known is not None and known.person_id != person.id:
        raise AlreadyExistsError("this id belongs to another report")
    return known


async def received_lately(session: AsyncSession, person_id: int, now: datetime) -> list[datetime]:
    """Return when this person's latest reports came, as far as limits ask."""
    longest = max(window for window, _ in LIMITS)
    wanted = select(Report.received_at).where(
        Report.person_id == person_id, Report.received_at > now - longest
    )
    return list(await session.scalars(wanted))


async def spotted_around(session: AsyncSession, report: Report) -> list[tuple[Report, Spotted]]:
    """Return what others of the site reported around the same time."""
    wanted = select(Report).where(
        Report.site_id == report.site_id,
        Report.person_id != report.person_id,
        Report.seen_at >= report.seen_at - SAME_TIME,
        Report.seen_at <= report.seen_at + SAME_TIME,
    )
    return [(each, spotted(each)) for each in await session.scalars(wanted)]


async def report_of(session: AsyncSession, site_id: str, report_id: str) -> Report:
    """Return the report.

    Raises:
        NotFoundError: none of that id at this site.
    """
    report = await session.get(Report, report_id)
    if report is None or report.site_id != site_id:
        raise NotFoundError("there is no such report")
    return report


async def newest(session: AsyncSession, site_id: str, limit: int) -> Sequence[tuple[Report, str]]:
    """Return the site's reports with the names of who made them, newest first."""
    wanted = (
        select(Report, Person.name)
        .join(Person, Person.id == Report.person_id)
        .where(Report.site_id == site_id)
        .order_by(Report.seen_at.desc(), Report.id)
        .limit(limit)
    )
    return [(report, name) for report, name in await session.execute(wanted)]


def spotted(report: Report) -> Spotted:
    """Return what the rules need of a report."""
    place = Position(report.latitude, report.longitude)
    return Spotted(report.person_id, place, report.seen_at)


def too_old(seen_at: datetime, now: datetime) -> bool:
    """Whether a report is from before anything that is kept would matter."""
    return now - seen_at > timedelta(days=30)
