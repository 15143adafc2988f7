"""How dispatchers share the work: a delivery is claimed for a while, sent, and its receipt kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Row, Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import among
from api.deliveries.rules import ALARMS, LEASE, Occasion, occasion_of_level, repeat_at
from api.deliveries.store import is_free
from api.tables import (
    Alert,
    AlertLevel,
    AlertState,
    Delivery,
    DeliveryState,
    Geofence,
    Person,
    Phone,
    Role,
)

DETAIL_CHARACTERS = 300

_OCCASIONS = {each.value: each for each in Occasion}
_ROLES = {each.value: each for each in Role}
_LEVELS = {each.value: each for each in AlertLevel}
_STATES = {each.value: each for each in AlertState}


@dataclass(frozen=True, slots=True)
class Job:
    """All that a dispatcher needs to send one delivery. `attempts` counts this one."""

    delivery_id: str
    alert_id: str
    site_id: str
    occasion: Occasion
    channel: str
    attempts: int
    rings: int
    phone_id: int
    endpoint: str
    p256dh: str
    auth: str
    sealed: bytes | None
    language: str
    role: Role
    geofence: str
    level: AlertLevel
    state: AlertState
    count: int
    distance_m: float
    bearing_deg: float
    captured_at: datetime
    simulated: bool
    sighting: str  # the newest one, for whoever follows it through the logs
    claimed_at: datetime

    @property
    def subjects(self) -> dict[str, str]:
        """What a log line about it is about; see `api/logs.py`."""
        return {
            "site": self.site_id,
            "sighting": self.sighting,
            "alert": self.alert_id,
            "delivery": self.delivery_id,
            "channel": self.channel,
        }

    @property
    def is_overtaken(self) -> bool:
        """Whether the alert has moved on: a higher level rings by itself, an ended one never."""
        if self.occasion not in ALARMS:
            return False
        ended = self.state in {AlertState.ALL_CLEAR, AlertState.RETRACTED}
        return ended or self.occasion is not occasion_of_level(self.level)


async def claim(session: AsyncSession, now: datetime, limit: int) -> list[Job]:
    """Take up to `limit` due deliveries, the most urgent first; nobody else gets them meanwhile.

    A dispatcher that dies gives them back when the lease ends.
    """
    due = (
        select(Delivery.id)
        .where(
            Delivery.state == DeliveryState.PENDING,
            Delivery.due_at <= now,
            Delivery.expires_at > now,
            is_free(now),
        )
        .order_by(Delivery.priority.desc(), Delivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    statement = (
        update(Delivery)
        .where(Delivery.id.in_(select(due.c.id)))
        .values(claimed_until=now + LEASE, attempts=Delivery.attempts + 1)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    claimed = list(await session.scalars(statement))
    return await _jobs(session, claimed, now) if claimed else []


async def sites_with_late(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Return the sites where deliveries have become too old to be sent, in their order."""
    wanted = (
        select(Alert.site_id)
        .join(Delivery, Delivery.alert_id == Alert.id)
        .where(*_late(now))
        .distinct()
        .order_by(Alert.site_id)
    )
    return (await session.scalars(wanted)).all()


async def expire(session: AsyncSession, site_id: str, now: datetime) -> list[tuple[str, str]]:
    """Give up the site's deliveries that are too old; return their alerts' ids and their own."""
    of_site = select(Alert.id).where(Alert.site_id == site_id)
    statement = (
        update(Delivery)
        .where(*_late(now), Delivery.alert_id.in_(of_site))
        .values(state=DeliveryState.EXPIRED)
        .returning(Delivery.alert_id, Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return [(alert_id, own_id) for alert_id, own_id in await session.execute(statement)]


async def mark_overtaken(session: AsyncSession, job: Job) -> bool:
    """Put aside a delivery that the alert has overtaken; return whether it still waited."""
    statement = _waiting(job).values(
        state=DeliveryState.EXPIRED, claimed_until=None, detail="overtaken"
    )
    return await _changes(session, statement)


async def mark_sent(session: AsyncSession, jobs: Sequence[Job], now: datetime) -> frozenset[str]:
    """Keep that channels took these messages; return the ids of those for which that is new."""
    alike: dict[tuple[Occasion, int], list[str]] = {}
    for job in jobs:
        alike.setdefault((job.occasion, job.rings + 1), []).append(job.delivery_id)
    new: set[str] = set()
    for (occasion, rung), delivery_ids in alike.items():
        statement = (
            update(Delivery)
            .where(
                among(session, Delivery.id, delivery_ids), Delivery.state == DeliveryState.PENDING
            )
            .values(
                state=DeliveryState.SENT,
                sent_at=now,
                claimed_until=None,
                detail=None,
                rings=rung,
                repeat_at=repeat_at(occasion, rung, now),
            )
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        new.update(await session.scalars(statement))
    return frozenset(new)


async def mark_for_later(session: AsyncSession, job: Job, due_at: datetime, detail: str) -> bool:
    """Give a delivery back, to be tried again; return whether it was still ours."""
    statement = _ours(job).values(
        due_at=due_at, claimed_until=None, detail=detail[:DETAIL_CHARACTERS]
    )
    return await _changes(session, statement)


async def mark_failed(session: AsyncSession, job: Job, detail: str) -> bool:
    """Keep that the delivery cannot succeed; return whether it was still ours."""
    statement = _ours(job).values(
        state=DeliveryState.FAILED, claimed_until=None, detail=detail[:DETAIL_CHARACTERS]
    )
    return await _changes(session, statement)


async def mark_gone(session: AsyncSession, job: Job, now: datetime) -> bool:
    """Forget the phone, unless it has subscribed again since; return whether it was forgotten."""
    statement = (
        update(Phone)
        .where(
            Phone.id == job.phone_id,
            Phone.gone_at.is_(None),
            Phone.subscribed_at <= job.claimed_at,
        )
        .values(gone_at=now)
    )
    return await _changes(session, statement)


async def _changes(session: AsyncSession, statement: Update) -> bool:
    result = await session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount > 0


def _waiting(job: Job) -> Update:
    return update(Delivery).where(
        Delivery.id == job.delivery_id, Delivery.state == DeliveryState.PENDING
    )


def _ours(job: Job) -> Update:
    # `attempts` tells our claim from a later one: a lease may have ended while we were sending.
    return _waiting(job).where(Delivery.attempts == job.attempts)


def _late(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Delivery.state == DeliveryState.PENDING, Delivery.expires_at <= now, is_free(now)


async def _jobs(session: AsyncSession, delivery_ids: Sequence[str], now: datetime) -> list[Job]:
    # Columns, and not rows as objects: thousands are sent at once, and nobody changes these.
    wanted = (
        select(*_COLUMNS)
        .join(Phone, Phone.id == Delivery.phone_id)
        .join(Person, Person.id == Phone.person_id)
        .join(Alert, Alert.id == Delivery.alert_id)
        .join(Geofence, Geofence.id == Alert.geofence_id)
        .where(among(session, Delivery.id, delivery_ids))
        .order_by(Delivery.priority.desc(), Delivery.due_at)
    )
    return [_job(row, now) for row in await session.execute(wanted)]


_COLUMNS = (  # in the order of a job's fields; the last is ours
    *(Delivery.id, Delivery.alert_id, Alert.site_id, Delivery.occasion, Delivery.channel),
    *(Delivery.attempts, Delivery.rings, Phone.id, Phone.endpoint, Phone.p256dh, Phone.auth),
    *(Phone.sealed, Person.language, Person.role, Geofence.name, Alert.level, Alert.state),
    *(Alert.count, Alert.distance_m, Alert.bearing_deg, Alert.captured_at, Alert.simulated),
    Alert.detection_id,
)


def _job(row: Row[*tuple[Any, ...]], now: datetime) -> Job:
    *first, occasion, channel, attempts, rings = row[:7]
    *phone, role, geofence, level, state = row[7:17]
    return Job(
        *(*first, _OCCASIONS[occasion], channel, attempts, rings),
        *(*phone, _ROLES[role], geofence, _LEVELS[level], _STATES[state]),
        *(*row[17:], now),
    )
