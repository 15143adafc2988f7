"""Rows of alerts and of people's answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.rules import Facts, comes_back, grown, is_open, state_after_answer
from api.database import insert_into
from api.errors import AlreadyExistsError, NotFoundError
from api.events.rules import Sighting
from api.geofences.rules import Approach
from api.tables import Alert, AlertLevel, AlertState, Answer, AnswerKind, Herd, Person, Role
from edge_agent.contracts.ids import uuid7


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What a person says. The id is made on the phone, so that saying it twice changes nothing."""

    id: UUID
    kind: AnswerKind
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Warned:
    """An alert that changed; `reached` is the level people must be rung for, if any."""

    alert: Alert
    reached: AlertLevel | None
    is_new: bool


async def raise_or_grow(
    session: AsyncSession, herd: Herd, sighting: Sighting, approach: Approach, now: datetime
) -> Warned | None:
    """Raise the herd's alert for the geofence, or let it grow; None if there is nothing to tell.

    The table's unique key decides, so two workers and any number of redeliveries agree. An alert
    that people have ended stays so; a herd that comes back later gets another.
    """
    facts = Facts(
        level=approach.level,
        count=herd.count,
        distance_m=approach.distance_m,
        bearing_deg=approach.bearing_deg,
        captured_at=sighting.seen_at,
        detection_id=sighting.detection_id,
    )
    latest = await _latest(session, herd.id, approach.geofence_id)
    if latest is not None and is_open(AlertState(latest.state)):
        return await _grow(session, latest, facts, now)
    visit = _next_visit(latest, facts.captured_at)
    if visit is None:
        return None
    raised = await _raise_once(session, herd, approach.geofence_id, visit, facts, now)
    return Warned(raised, facts.level, is_new=True) if raised is not None else None


async def alert_of(session: AsyncSession, site_id: str, alert_id: str) -> Alert:
    """Return the alert.

    Raises:
        NotFoundError: none of that id at this site.
    """
    alert = await session.get(Alert, alert_id)
    if alert is None or alert.site_id != site_id:
        raise NotFoundError("there is no such alert")
    return alert


async def newest(session: AsyncSession, site_id: str, limit: int) -> Sequence[Alert]:
    """Return the site's alerts, the most lately raised first."""
    wanted = (
        select(Alert)
        .where(Alert.site_id == site_id)
        .order_by(Alert.raised_at.desc(), Alert.id.desc())
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()


async def resting_on(session: AsyncSession, detection_id: str) -> Sequence[str]:
    """Return the ids of the alerts whose newest evidence is this detection."""
    wanted = select(Alert.id).where(Alert.detection_id == detection_id)
    return (await session.scalars(wanted)).all()


async def keep_answer(
    session: AsyncSession, alert: Alert, person: Person, answer: NewAnswer, now: datetime
) -> bool:
    """Keep what a person said; False if it is kept already.

    Raises:
        AlreadyExistsError: the id was used for another answer.
    """
    statement = (
        insert_into(session, Answer)
        .values(
            id=str(answer.id),
            alert_id=alert.id,
            person_id=person.id,
            kind=answer.kind,
            answered_at=min(answer.answered_at, now),
            received_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Answer.id])
        .returning(Answer.id)
    )
    if await session.scalar(statement) is not None:
        return True
    known = await session.get_one(Answer, str(answer.id))
    if (known.alert_id, known.person_id, known.kind) != (alert.id, person.id, answer.kind):
        raise AlreadyExistsError("this id belongs to another answer")
    return False


async def move_by_answer(
    session: AsyncSession, alert: Alert, person: Person, answer: NewAnswer, now: datetime
) -> AlertState | None:
    """Let an answer move the alert; return the new state, None if it moves nothing."""
    state = state_after_answer(
        AlertState(alert.state),
        answer.kind,
        Role(person.role),
        answered_at=answer.answered_at,
        seen_at=alert.captured_at,
    )
    alert.changed_at = now
    if state is not None:
        alert.state = state
        alert.ended_at = None if is_open(state) else min(answer.answered_at, now)
    await session.flush()
    return state


async def _latest(session: AsyncSession, herd_id: int, geofence_id: int) -> Alert | None:
    wanted = (
        select(Alert)
        .where(Alert.herd_id == herd_id, Alert.geofence_id == geofence_id)
        .order_by(Alert.visit.desc())
        .limit(1)
    )
    return (await session.scalars(wanted)).one_or_none()


def _next_visit(latest: Alert | None, seen_at: datetime) -> int | None:
    if latest is None:
        return 1
    ended_at = latest.ended_at or latest.changed_at
    is_news = comes_back(AlertState(latest.state), ended_at, seen_at)
    return latest.visit + 1 if is_news else None


async def _raise_once(
    session: AsyncSession, herd: Herd, geofence_id: int, visit: int, facts: Facts, now: datetime
) -> Alert | None:
    statement = (
        insert_into(session, Alert)
        .values(
            id=str(uuid7()),
            site_id=herd.site_id,
            herd_id=herd.id,
            geofence_id=geofence_id,
            visit=visit,
            detection_id=facts.detection_id,
            level=facts.level,
            state=AlertState.RAISED,
            count=facts.count,
            distance_m=facts.distance_m,
            bearing_deg=facts.bearing_deg,
            captured_at=facts.captured_at,
            raised_at=now,
            changed_at=now,
            simulated=herd.simulated,
        )
        .on_conflict_do_nothing(index_elements=[Alert.herd_id, Alert.geofence_id, Alert.visit])
        .returning(Alert.id)
    )
    alert_id = await session.scalar(statement)
    return await session.get_one(Alert, alert_id) if alert_id is not None else None


async def _grow(session: AsyncSession, alert: Alert, facts: Facts, now: datetime) -> Warned | None:
    known = _facts_of(alert)
    new = grown(known, facts)
    if new == known:
        return None
    alert.level = new.level
    alert.count = new.count
    alert.distance_m = new.distance_m
    alert.bearing_deg = new.bearing_deg
    alert.captured_at = new.captured_at
    alert.detection_id = new.detection_id
    alert.changed_at = now
    await session.flush()
    return Warned(alert, new.level if new.level is not known.level else None, is_new=False)


def _facts_of(alert: Alert) -> Facts:
    return Facts(
        level=AlertLevel(alert.level),
        count=alert.count,
        distance_m=alert.distance_m,
        bearing_deg=alert.bearing_deg,
        captured_at=alert.captured_at,
        detection_id=alert.detection_id,
    )
