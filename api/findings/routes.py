"""Findings over HTTP, as JSON for the console and as CSV for everything else: for researchers."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Now, Transaction, require
from api.errors import InvalidError
from api.events.rules import EARLIEST, LATEST
from api.exports.writing import as_text
from api.findings import rules, store
from api.findings.rules import Moon, Season
from api.findings.store import Span
from api.review.sorting import zone_of
from api.tables import Person, Role
from api.text import PlainText

router = APIRouter(tags=["findings"])

Researcher = Annotated[Person, require(Role.RESEARCHER)]
LONGEST = timedelta(days=3660)
_A_YEAR = timedelta(days=365)
OccasionDays = Annotated[int, Query(ge=1, le=60)]


class Finding(StrEnum):
    """What there is to know."""

    ACTIVITY = "activity"
    WEEKS = "weeks"
    HISTORY = "history"
    PATHS = "paths"


class Activity(BaseModel):
    """Events by the hour in which they began, on the site's clock: all, by moon, by season."""

    events: int
    hours: list[int]
    by_moon: dict[Moon, list[int]]
    by_season: dict[Season, list[int]]


class CameraWeeks(BaseModel):
    """One camera's events of each week."""

    camera: str
    station_name: str
    counts: list[int]


class Weeks(BaseModel):
    """Events per camera and week; weeks are named by their Mondays."""

    weeks: list[date]
    cameras: list[CameraWeeks]


class CameraHistory(BaseModel):
    """1 seen, 0 not seen, null where the camera was not there all the time."""

    camera: str
    station_name: str
    seen: list[int | None]


class History(BaseModel):
    """Detection history for occupancy models: a column per occasion of so many days."""

    first_day: date
    occasion_days: int
    cameras: list[CameraHistory]


class PathPoint(BaseModel):
    """Where a herd was."""

    at: datetime
    latitude: float
    longitude: float
    station: str


class HerdWay(BaseModel):
    """One herd's way."""

    herd_id: int
    points: list[PathPoint]


class Paths(BaseModel):
    """The newest herds that more than one event has seen."""

    herds: list[HerdWay]


def wished(
    person: Researcher,
    moment: Now,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    reviewed_only: bool = False,  # noqa: FBT001 - FastAPI hands them over by name
    drills: bool = False,  # noqa: FBT001
    station: Annotated[PlainText | None, Query(max_length=40)] = None,
) -> Span:
    """Return which events are asked for: the last year if nothing is said.

    Raises:
        InvalidError: the time is longer than ten years, or ends before it begins.
    """
    end = until or moment
    start = since or end - min(_A_YEAR, end - datetime.min.replace(tzinfo=end.tzinfo))
    if not (EARLIEST <= start < end <= LATEST and end - start <= LONGEST):
        raise InvalidError("`until` must be after `since`, by at most ten years")
    return Span(person.site_id, start, end, reviewed_only, drills, station)


Wished = Annotated[Span, Depends(wished, scope="function")]


@router.get("/findings/activity")
async def show_activity(session: Transaction, span: Wished) -> Activity:
    """Return when elephants are about: events by the hour of the day, moon and season."""
    return await _activity(session, span)


@router.get("/findings/weeks")
async def show_weeks(session: Transaction, span: Wished) -> Weeks:
    """Return how many events each camera had in each week."""
    return await _weeks(session, span)


@router.get("/findings/history")
async def show_history(
    session: Transaction, span: Wished, occasion_days: OccasionDays = 7
) -> History:
    """Return the detection history matrix for occupancy models."""
    return await _history(session, span, occasion_days)


@router.get("/findings/paths")
async def show_paths(session: Transaction, span: Wished) -> Paths:
    """Return the ways of herds, exact: do not pass them on while animals may be there."""
    herds = await store.herd_paths(session, span)
    return Paths.model_validate({"herds": herds})


@router.get("/findings/{finding}/table", response_class=PlainTextResponse)
async def show_table(
    finding: Finding, session: Transaction, span: Wished, occasion_days: OccasionDays = 7
) -> PlainTextResponse:
    """Return a finding's data as CSV."""
    rows, columns = await _table(session, span, finding, occasion_days)
    name = f"{span.site_id}-{finding.value}.csv"
    return PlainTextResponse(
        as_text(rows, columns),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


async def _activity(session: AsyncSession, span: Span) -> Activity:
    zone = await zone_of(session, span.site_id)
    found = await store.buckets(session, span, rules.BUCKET_S)
    hours, by_moon, by_season = rules.activity(found, zone)
    return Activity(events=sum(hours), hours=hours, by_moon=by_moon, by_season=by_season)


async def _weeks(session: AsyncSession, span: Span) -> Weeks:
    cameras = await store.cameras_of(session, span)
    offset = await _offset(session, span)
    found = await store.camera_counts(session, span, offset, rules.A_MONDAY, 7)
    numbers = {number for counts in found.values() for number in counts}
    weeks = range(min(numbers), max(numbers) + 1) if numbers else range(0)
    return Weeks(
        weeks=[rules.A_MONDAY + timedelta(weeks=number) for number in weeks],
        cameras=[
            CameraWeeks(
                camera=camera.name,
                station_name=camera.station_name,
                counts=[found.get(camera.name, {}).get(number, 0) for number in weeks],
            )
            for camera in (cameras if numbers else [])
        ],
    )


async def _history(session: AsyncSession, span: Span, occasion_days: int) -> History:
    zone = await zone_of(session, span.site_id)
    cameras = await store.cameras_of(session, span)
    active = {
        camera.name: (camera.since.astimezone(zone).date(), camera.until.astimezone(zone).date())
        for camera in cameras
    }
    begun = min((since for since, _ in active.values()), default=date.max)
    first = max(span.since.astimezone(zone).date(), begun)
    last = (span.until - timedelta(microseconds=1)).astimezone(zone).date()
    occasions = max(0, (last - first).days + 1) // occasion_days if cameras else 0
    seen: dict[str, dict[int, int]] = {}
    if occasions:
        offset = await _offset(session, span)
        seen = await store.camera_counts(session, span, offset, first, occasion_days)
    found = rules.history(seen, active, first, occasions, occasion_days)
    return History(
        first_day=first if cameras else span.since.date(),
        occasion_days=occasion_days,
        cameras=[
            CameraHistory(
                camera=camera.name, station_name=camera.station_name, seen=found[camera.name]
            )
            for camera in cameras
        ],
    )


async def _offset(session: AsyncSession, span: Span) -> timedelta:
    # One offset for the whole time: where clocks change, an hour around midnight may be a day off.
    zone = await zone_of(session, span.site_id)
    return span.until.astimezone(zone).utcoffset() or timedelta(0)


async def _table(
    session: AsyncSession, span: Span, finding: Finding, occasion_days: int
) -> tuple[list[dict[str, Any]], list[str]]:
    if finding is Finding.ACTIVITY:
        activity = await _activity(session, span)
        series = {"events": activity.hours} | {
            name.value: counts
            for name, counts in [*activity.by_moon.items(), *activity.by_season.items()]
        }
        hours = [{"hour": h} | {n: counts[h] for n, counts in series.items()} for h in range(24)]
        return hours, ["hour", *series]
    if finding is Finding.WEEKS:
        weeks = await _weeks(session, span)
        rows: list[dict[str, Any]] = [
            {"camera": camera.camera, "week": week.isoformat(), "events": events}
            for camera in weeks.cameras
            for week, events in zip(weeks.weeks, camera.counts, strict=True)
        ]
        return rows, ["camera", "week", "events"]
    if finding is Finding.HISTORY:
        return _history_table(await _history(session, span, occasion_days))
    herds = await store.herd_paths(session, span)
    points = [
        {"herd": herd["herd_id"]} | point | {"at": point["at"].isoformat()}
        for herd in herds
        for point in herd["points"]
    ]
    return points, ["herd", "at", "latitude", "longitude", "station"]


def _history_table(history: History) -> tuple[list[dict[str, Any]], list[str]]:
    length = max((len(camera.seen) for camera in history.cameras), default=0)
    days = [
        (history.first_day + timedelta(days=history.occasion_days * n)).isoformat()
        for n in range(length)
    ]
    rows: list[dict[str, Any]] = [
        {"camera": camera.camera}
        | {
            day: "NA" if seen is None else str(seen)
            for day, seen in zip(days, camera.seen, strict=True)
        }
        for camera in history.cameras
    ]
    return rows, ["camera", *days]
