"""Rows of alerts and of people's answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.book import AlertBook, OpenAlert
from api.alerts.rules import LAPSES_AFTER, MOVES, Facts, is_open, state_after_answer
from api.bulk import add_rows, change_rows
from api.database import insert_into
from api.errors import AlreadyExistsError, NotFoundError
from api.herds.book import OpenHerd
from api.questions import among, ask
from api.tables import Alert, AlertLevel, AlertState, Answer, AnswerKind, Person, Role

_FACTS = ("level", "count", "distance_m", "bearing_deg", "captured_at", "detection_id")
_LATEST = (
    select(
        Alert.id,
        Alert.herd_id,
        Alert.geofence_id,
        Alert.visit,
        Alert.state,
        Alert.ended_at,
        Alert.changed_at,
        *(getattr(Alert, name) for name in _FACTS),
    )
    .where(among(Alert.herd_id, "herds"))
    .order_by(Alert.visit)
)
_NAMED = select(Alert).where(among(Alert.id, "ids")).execution_options(populate_existing=True)


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What a person says. The id is made on the phone, so that saying it twice changes nothing."""

    id: UUID
    kind: AnswerKind
    answered_at: datetime


async def latest_of(session: AsyncSession, herds: Collection[OpenHerd]) -> AlertBook:
    """Return the newest alert of each of the herds for each geofence."""
    known = {herd.id: herd for herd in herds if herd.id is not None}
    if not known:
        return AlertBook(())
    rows = await ask(session, _LATEST, herds=known)
    return AlertBook(_open_alert(row, known) for row in rows)


async def warned_of(session: AsyncSession, site_id: str, now: datetime) -> set[int]:
    """Return the herds of the site of which somebody is warned: their alerts are open, and news."""
    wanted = select(Alert.herd_id).where(
        Alert.site_id == site_id,
        Alert.changed_at >= now - LAPSES_AFTER,  # so that the index finds them
        Alert.captured_at >= now - LAPSES_AFTER,
        Alert.state.in_([state for state, moves in MOVES.items() if moves]),
    )
    return set(await session.scalars(wanted))


async def write_alerts(session: AsyncSession, book: AlertBook, now: datetime) -> None:
    """Keep what became of the alerts. Their herds and detections must have been kept.

    The table's unique key is the second line behind the site's lock: two workers agree.
    """
    await add_rows(session, Alert, [_row(alert, now) for alert in book.new])
    changed = [{"id": alert.id, "changed_at": now} | _facts(alert) for alert in book.changed]
    await change_rows(session, Alert, changed)


async def alert_of(session: AsyncSession, site_id: str, alert_id: str) -> Alert:
    """Return the alert.

    Raises:
        NotFoundError: none of that id at this site.
    """
    alert = await session.get(Alert, alert_id)
    if alert is None or alert.site_id != site_id:
        raise NotFoundError("there is no such alert")
    return alert


async def alerts_named(session: AsyncSession, alert_ids: Collection[str]) -> Sequence[Alert]:
    """Return these alerts as they are in the database now, in that order."""
    if not alert_ids:
        return []
    rows = await session.scalars(_NAMED, {"ids": alert_ids})
    found = {alert.id: alert for alert in rows}
    return [found[each] for each in alert_ids if each in found]


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


def _open_alert(row: Any, herds: Mapping[int, OpenHerd]) -> OpenAlert:
    facts = Facts(
        level=AlertLevel(row.level),
        count=row.count,
        distance_m=row.distance_m,
        bearing_deg=row.bearing_deg,
        captured_at=row.captured_at,
        detection_id=row.detection_id,
    )
    ended_at = row.ended_at or row.changed_at
    state = AlertState(row.state)
    return OpenAlert(row.id, herds[row.herd_id], row.geofence_id, row.visit, state, ended_at, facts)


def _row(alert: OpenAlert, now: datetime) -> dict[str, Any]:
    return {
        "id": alert.id,
        "site_id": alert.herd.site_id,
        "herd_id": alert.herd.id,
        "geofence_id": alert.geofence_id,
        "visit": alert.visit,
        "state": str(alert.state),
        "raised_at": now,
        "changed_at": now,
        "simulated": alert.herd.simulated,
    } | _facts(alert)


def _facts(alert: OpenAlert) -> dict[str, Any]:
    return {name: getattr(alert.facts, name) for name in _FACTS} | {"level": str(alert.facts.level)}
