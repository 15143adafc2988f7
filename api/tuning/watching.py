"""What came since thresholds were changed: two questions, however many changes there are."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Moment
from api.fleet.tables import StationHour
from api.review.tables import EventReview
from api.stations.store import PEOPLES_STATION
from api.tables import Event, Station
from api.tuning.rules import Passage, Promise, Standing, standing
from api.tuning.tables import Digest, ThresholdChange


@dataclass(frozen=True, slots=True)
class Watched:
    """What came since a change was made; `alarms` are those that nobody reviewed, too."""

    days: float
    alarms: int
    false: int
    unreviewed: int
    elephants: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class _Event:
    lighting: str
    started_at: datetime
    score: float
    verdict: str | None


@dataclass(slots=True)
class _Hours:
    """Hours in which a change's camera saw something; `first` is its station's first of all."""

    seen: int = 0
    first: datetime | None = None


async def watched(
    session: AsyncSession, changes: Sequence[ThresholdChange], now: datetime
) -> dict[int, Watched]:
    """Return by the change's number what came at its place since, and how its promise stands."""
    events = await _events(session, changes, now)
    hours = await _hours(session, changes, now)
    return {
        change.id: _watched(change, events.get(change.id, []), hours.get(change.id, _Hours()))
        for change in changes
    }


def _watched(change: ThresholdChange, of_camera: Sequence[_Event], hours: _Hours) -> Watched:
    events = [event for event in of_camera if event.lighting == change.lighting]
    false = [each for each in events if each.verdict not in (None, "elephant", "unsure")]
    promise = Promise(
        change.promised.get("one_in_days", 50.0), change.promised.get("confidence", 0.95)
    )
    surprises = [
        Passage(e.score, False, (e.started_at - timedelta(hours=12)).toordinal()) for e in false
    ]
    days = hours.seen / 24 + _days_before(of_camera, hours.first)
    return Watched(
        days=days,
        alarms=len(events),
        false=len(false),
        unreviewed=sum(event.verdict in (None, "unsure") for event in events),
        elephants=sum(event.verdict == "elephant" for event in events),
        standing=standing(surprises, days, promise),
    )


def _days_before(events: Iterable[_Event], first: datetime | None) -> int:
    """Before a station's first known hour each day with an event counts, the others do not."""
    return len({e.started_at.date() for e in events if first is None or e.started_at < first})


async def _events(
    session: AsyncSession, changes: Sequence[ThresholdChange], now: datetime
) -> dict[int, list[_Event]]:
    change = ThresholdChange
    wanted = (
        select(change.id, Digest.lighting, Digest.started_at, Digest.score, EventReview.verdict)
        .select_from(change)
        .join(
            Digest,
            (Digest.site_id == change.site_id)
            & (Digest.station_id == change.station_id)
            & (Digest.deployment_id == change.deployment_id)
            & (Digest.started_at >= change.made_at)
            & (Digest.started_at <= _until(now)),
        )
        .join(Event, Event.id == Digest.event_id)
        .join(Station, Station.id == Digest.station_id)
        .outerjoin(EventReview, EventReview.event_id == Digest.event_id)
        .where(
            change.id.in_([each.id for each in changes]),
            Event.simulated == Station.simulated,
            Station.name_id != PEOPLES_STATION,  # what people report has no threshold
        )
    )
    found: dict[int, list[_Event]] = defaultdict(list)
    for row in await session.execute(wanted):
        found[row[0]].append(_Event(row[1], row[2], row[3], row[4]))
    return found


async def _hours(
    session: AsyncSession, changes: Sequence[ThresholdChange], now: datetime
) -> dict[int, _Hours]:
    """Count in the database: a year of hours has few kinds of them, and most are good ones."""
    change, hour = ThresholdChange, StationHour
    kind = cast(hour.cameras, Text), cast(hour.blind, Text)
    wanted = (
        select(change.id, func.count(), func.min(hour.hour), *kind)
        .join(
            hour,
            (hour.station_id == change.station_id)
            & (hour.hour >= change.made_at)
            & (hour.hour <= _until(now)),
        )
        .where(change.id.in_([each.id for each in changes]))
        .group_by(change.id, *kind)
    )
    camera = {each.id: each.deployment_id for each in changes}
    found: dict[int, _Hours] = defaultdict(_Hours)
    for number, count, first, cameras, blind in await session.execute(wanted):
        hours = found[number]
        hours.first = first if hours.first is None else min(hours.first, first)
        if camera[number] in json.loads(cameras) and camera[number] not in json.loads(blind):
            hours.seen += count
    return found


def _until(now: datetime) -> ColumnElement[Any]:
    return func.coalesce(ThresholdChange.reverted_at, literal(now, Moment))
