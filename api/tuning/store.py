"""Rows of evidence: digests of events, labels of samples, the hours that cameras watched."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.fleet.tables import StationHour
from api.review.tables import EventReview
from api.samples.tables import Sample
from api.stations.store import PEOPLES_STATION
from api.tables import Detection, Event, Station
from api.tuning.evidence import Place, SeenEvent, SeenSample, Surest, surest
from api.tuning.tables import Digest, SampleLabel

AT_ONCE = 1000
GROWN_AFTER = timedelta(minutes=10)


@dataclass
class Rows:
    """What is known of one place, as rows."""

    events: list[SeenEvent] = field(default_factory=list)
    samples: list[SeenSample] = field(default_factory=list)


async def digest_events(session: AsyncSession, site_id: str, now: datetime) -> bool:
    """Work out the digests of events that are new or have grown; True if more are left."""
    wanted = (
        select(Event)
        .outerjoin(Digest, Digest.event_id == Event.id)
        .where(
            Event.site_id == site_id,
            Event.ended_at < now - GROWN_AFTER,
            or_(Digest.event_id.is_(None), Digest.ended_at < Event.ended_at),
        )
        .order_by(Event.id)
        .limit(AT_ONCE + 1)
    )
    events = (await session.scalars(wanted)).all()
    rows = await _digests(session, events[:AT_ONCE])
    if rows:
        added = insert_into(session, Digest)
        changed = {name: added.excluded[name] for name in rows[0] if name != "event_id"}
        await session.execute(
            added.on_conflict_do_update(index_elements=[Digest.event_id], set_=changed), rows
        )
    return len(events) > AT_ONCE


async def _digests(session: AsyncSession, events: Sequence[Event]) -> list[dict[str, Any]]:
    wanted = (
        select(
            Detection.event_id,
            Detection.animals,
            Detection.lighting,
            Detection.release,
            Detection.threshold,
        )
        .where(Detection.event_id.in_([event.id for event in events]))
        .order_by(Detection.event_id, Detection.captured_at)
    )
    best: dict[int, tuple[Surest, str, str, float]] = {}
    for event_id, animals, lighting, release, threshold in await session.execute(wanted):
        found = surest(animals)
        if event_id not in best or found.score > best[event_id][0].score:
            best[event_id] = (found, lighting, release, threshold)
    return [
        {
            "event_id": event.id,
            "site_id": event.site_id,
            "station_id": event.station_id,
            "deployment_id": event.deployment_id,
            "started_at": event.started_at,
            "ended_at": event.ended_at,
            "score": best[event.id][0].score,
            "foot_left": _foot(best[event.id][0], 0),
            "foot_top": _foot(best[event.id][0], 1),
            "lighting": best[event.id][1],
            "release": best[event.id][2],
            "threshold": best[event.id][3],
        }
        for event in events
        if event.id in best
    ]


def _foot(found: Surest, side: int) -> float | None:
    return None if found.foot is None else found.foot[side]


async def rows_of(
    session: AsyncSession, site_id: str, since: datetime, release: str | None = None
) -> dict[Place, Rows]:
    """Return what each place has seen since; drills count only at stations of drills."""
    found: dict[Place, Rows] = defaultdict(Rows)
    for place, event in await events_seen(session, site_id, since, release=release):
        found[place].events.append(event)
    wanted = (
        select(Sample, SampleLabel.is_elephant, SampleLabel.sample_id)
        .join(Station, Station.id == Sample.station_id)
        .outerjoin(SampleLabel, SampleLabel.sample_id == Sample.id)
        .where(
            Sample.site_id == site_id,
            Sample.captured_at >= since,
            Sample.simulated == Station.simulated,
        )
    )
    for sample, is_elephant, _ in await session.execute(wanted):
        if release is not None and sample.release != release:
            continue
        place = Place(sample.station_id, sample.deployment_id, sample.lighting)
        found[place].samples.append(_sample(sample, is_elephant))
    return found


async def events_seen(
    session: AsyncSession,
    site_id: str,
    since: datetime,
    *,
    release: str | None = None,
) -> list[tuple[Place, SeenEvent]]:
    """Return the events since, each with its place and its verdict."""
    wanted = (
        select(
            Digest.station_id,
            Digest.deployment_id,
            Digest.lighting,
            Digest.started_at,
            Digest.ended_at,
            Digest.score,
            Digest.threshold,
            Digest.foot_left,
            Digest.foot_top,
            EventReview.verdict,
        )
        .join(Event, Event.id == Digest.event_id)
        .join(Station, Station.id == Digest.station_id)
        .outerjoin(EventReview, EventReview.event_id == Digest.event_id)
        .where(
            Digest.site_id == site_id,
            Digest.started_at >= since,
            Event.simulated == Station.simulated,
            Station.name_id != PEOPLES_STATION,  # what people report has no threshold
        )
        .order_by(Digest.started_at)
    )
    if release is not None:
        wanted = wanted.where(Digest.release == release)
    return [
        (Place(*row[:3]), SeenEvent(row[3], row[4], row[5], row[6], _pair(row[7], row[8]), row[9]))
        for row in await session.execute(wanted)
    ]


def _pair(left: float | None, top: float | None) -> tuple[float, float] | None:
    return None if left is None or top is None else (left, top)


def _sample(sample: Sample, is_elephant: bool | None) -> SeenSample:  # noqa: FBT001
    return SeenSample(
        captured_at=sample.captured_at,
        score=sample.score,
        foot=surest(sample.boxes).foot,
        stands_for=1 / sample.inclusion_probability,
        window_began_at=sample.window_began_at,
        is_elephant=is_elephant,
    )


async def days_watched(
    session: AsyncSession, site_id: str, since: datetime, now: datetime
) -> dict[tuple[int, str], float]:
    """Return for how many days each camera saw something if it was there, by its deployment.

    Hours in which its station was heard and it was not blind. What lies before the first such hour
    is known only by what was seen: each day with an event counts, the others do not.
    """
    wanted = (
        select(StationHour.station_id, StationHour.cameras, StationHour.blind, StationHour.hour)
        .join(Station, Station.id == StationHour.station_id)
        .where(Station.site_id == site_id, StationHour.hour >= since, StationHour.hour <= now)
    )
    hours: dict[tuple[int, str], int] = defaultdict(int)
    first: dict[int, datetime] = {}
    for station_id, cameras, blind, hour in await session.execute(wanted):
        first[station_id] = min(first.get(station_id, hour), hour)
        for camera in cameras:
            hours[station_id, camera] += camera not in blind
    days = {camera: count / 24 for camera, count in hours.items()}
    for seen_by, extra in (await _days_before(session, site_id, since, first)).items():
        days[seen_by] = days.get(seen_by, 0.0) + extra
    return days


async def _days_before(
    session: AsyncSession, site_id: str, since: datetime, first: dict[int, datetime]
) -> dict[tuple[int, str], int]:
    wanted = select(Digest.station_id, Digest.deployment_id, Digest.started_at).where(
        Digest.site_id == site_id, Digest.started_at >= since
    )
    seen: dict[tuple[int, str], set[Any]] = defaultdict(set)
    for station_id, camera, started_at in await session.execute(wanted):
        if station_id not in first or started_at < first[station_id]:
            seen[station_id, camera].add(started_at.date())
    return {camera: len(days) for camera, days in seen.items()}


async def label_sample(
    session: AsyncSession,
    sample: Sample,
    *,
    is_elephant: bool | None,
    person_id: int,
    now: datetime,
) -> None:
    """Keep what a person says of a sample; the last word counts."""
    values = {"is_elephant": is_elephant, "person_id": person_id, "made_at": now}
    added = insert_into(session, SampleLabel).values(
        sample_id=sample.id, site_id=sample.site_id, **values
    )
    await session.execute(
        added.on_conflict_do_update(index_elements=[SampleLabel.sample_id], set_=values)
    )


async def samples_to_label(
    session: AsyncSession, site_id: str, limit: int
) -> tuple[list[tuple[Sample, Station]], int]:
    """Return the likeliest elephants among samples that nobody looked at, and how many wait."""
    waiting = and_(
        Sample.site_id == site_id,
        Sample.media_sha256.is_not(None),
        SampleLabel.sample_id.is_(None),
    )
    joined = select(Sample, Station).join(Station, Station.id == Sample.station_id)
    wanted = joined.outerjoin(SampleLabel, SampleLabel.sample_id == Sample.id).where(waiting)
    rows = await session.execute(wanted.order_by(Sample.score.desc(), Sample.id).limit(limit))
    counted = (
        select(func.count())
        .select_from(Sample)
        .outerjoin(SampleLabel, SampleLabel.sample_id == Sample.id)
        .where(waiting)
    )
    return [(row[0], row[1]) for row in rows], await session.scalar(counted) or 0
