"""Rows that a replay plays: events by their digests, samples, and the config of each station."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.fleet.rollout_rules import wished
from api.fleet.store import history_of, report_of
from api.replay.rules import Kept, Looking
from api.review.tables import EventReview
from api.samples.tables import Sample
from api.tables import Detection, Station
from api.tuning.evidence import SAME_PASSAGE, surest
from api.tuning.tables import Digest, SampleLabel
from edge_agent.contracts.configuration import Tunables, merged


async def kept_of(
    session: AsyncSession, station: Station, since: datetime, until: datetime
) -> list[Kept]:
    """Return what is kept of a station, the oldest first."""
    events = await _events(session, station, since, until)
    spans = [(each.captured_at - SAME_PASSAGE, each.captured_at + SAME_PASSAGE) for each in events]
    samples = [
        each
        for each in await _samples(session, station, since, until)
        if not any(first <= each.captured_at <= last for first, last in spans)
    ]
    return sorted([*events, *samples], key=lambda each: each.captured_at)


async def _events(
    session: AsyncSession, station: Station, since: datetime, until: datetime
) -> list[Kept]:
    wanted = (
        select(Digest, EventReview.verdict)
        .outerjoin(EventReview, EventReview.event_id == Digest.event_id)
        .where(
            Digest.station_id == station.id,
            Digest.started_at >= since,
            Digest.started_at <= until,
        )
    )
    rows = (await session.execute(wanted)).all()
    pictures = await _pictures(session, [digest.event_id for digest, _ in rows])
    return [
        Kept(
            key=str(digest.event_id),
            kind="event",
            deployment_id=digest.deployment_id,
            lighting=digest.lighting,
            captured_at=digest.started_at,
            score=digest.score,
            threshold=digest.threshold,
            foot=(
                None
                if digest.foot_left is None or digest.foot_top is None
                else (digest.foot_left, digest.foot_top)
            ),
            is_elephant=None if verdict in (None, "unsure") else verdict == "elephant",
            media_sha256=pictures.get(digest.event_id),
        )
        for digest, verdict in rows
    ]


async def _pictures(session: AsyncSession, event_ids: Sequence[int]) -> dict[int, str]:
    """Return the picture of each event's surest detection, or of another of it."""
    best: dict[int, tuple[float, str]] = {}
    for first in range(0, len(event_ids), 500):
        wanted = select(Detection.event_id, Detection.animals, Detection.media_sha256).where(
            Detection.event_id.in_(event_ids[first : first + 500]),
            Detection.media_sha256.is_not(None),
        )
        for event_id, animals, sha256 in await session.execute(wanted):
            score = surest(animals).score
            if event_id not in best or score > best[event_id][0]:
                best[event_id] = (score, sha256)
    return {event_id: sha256 for event_id, (_, sha256) in best.items()}


async def _samples(
    session: AsyncSession, station: Station, since: datetime, until: datetime
) -> list[Kept]:
    wanted = (
        select(Sample, SampleLabel.is_elephant)
        .outerjoin(SampleLabel, SampleLabel.sample_id == Sample.id)
        .where(
            Sample.station_id == station.id,
            Sample.captured_at >= since,
            Sample.captured_at <= until,
        )
    )
    return [
        Kept(
            key=sample.id,
            kind="sample",
            deployment_id=sample.deployment_id,
            lighting=sample.lighting,
            captured_at=sample.captured_at,
            score=sample.score,
            threshold=sample.threshold,
            foot=surest(sample.boxes).foot,
            is_elephant=is_elephant,
            media_sha256=sample.media_sha256,
            stands_for=1 / sample.inclusion_probability,
        )
        for sample, is_elephant in await session.execute(wanted)
    ]


async def lookings_of(
    session: AsyncSession, station: Station, patch: dict[str, Any]
) -> tuple[Looking, Looking]:
    """Return how the station looks now, and how it would with a change.

    Raises:
        TuningError: it could not look like that.
    """
    history = await history_of(session, station.id)
    desired = dict(history[0].settings) if history else {}
    report = await report_of(session, station.id)
    effective = ((report.config if report else None) or {}).get("effective") or {}
    base = Tunables().changed(effective)
    changed = wished(desired, patch, "merge")
    return Looking(base.changed(desired)), Looking(base.changed(merged(effective, changed)))


def window(now: datetime, days: float) -> tuple[datetime, datetime]:
    """Return from when to when is played."""
    return now - timedelta(days=days), now
