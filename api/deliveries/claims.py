"""How dispatchers share the work: a delivery is claimed for a while, sent, and its receipt kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import CursorResult, Integer, Row, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Moment
from api.deliveries.rules import ALARMS, LEASE, Occasion, occasion_of_level, repeat_at
from api.deliveries.store import is_free
from api.questions import among, ask
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

_NOW = bindparam("now", type_=Moment)
_LATE = (Delivery.state == DeliveryState.PENDING, Delivery.expires_at <= _NOW, is_free(_NOW))
_SITES_WITH_LATE = (
    select(Alert.site_id)
    .join(Delivery, Delivery.alert_id == Alert.id)
    .where(*_LATE)
    .distinct()
    .order_by(Alert.site_id)
)
_DUE = (
    select(Delivery.id)
    .where(
        Delivery.state == DeliveryState.PENDING,
        Delivery.due_at <= _NOW,
        Delivery.expires_at > _NOW,
        is_free(_NOW),
    )
    .order_by(Delivery.priority.desc(), Delivery.due_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    update(Delivery)
    .where(Delivery.id.in_(select(_DUE.c.id)))
    .values(claimed_until=bindparam("until"), attempts=Delivery.attempts + 1)
    .returning(Delivery.id)
)
_SENT = (
    update(Delivery)
    .where(among(Delivery.id, "ids"), Delivery.state == DeliveryState.PENDING)
    .values(
        state=DeliveryState.SENT,
        sent_at=_NOW,
        claimed_until=None,
        detail=None,
        rings=bindparam("rung"),
        repeat_at=bindparam("again"),
    )
    .returning(Delivery.id)
)


class Job(NamedTuple):  # ten thousand are made at once, and sooner than dataclasses
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
    count: int  # type: ignore[assignment]  # nobody counts in a job
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
    taken = await ask(session, _CLAIM, now=now, limit=limit, until=now + LEASE)
    claimed = list(taken.scalars())
    return await _jobs(session, claimed, now) if claimed else []


async def sites_with_late(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Return the sites where deliveries have become too old to be sent, in their order."""
    return (await ask(session, _SITES_WITH_LATE, now=now)).scalars()


async def expire(session: AsyncSession, site_id: str, now: datetime) -> list[tuple[str, str]]:
    """Give up the site's deliveries that are too old; return their alerts' ids and their own."""
    of_site = select(Alert.id).where(Alert.site_id == site_id)
    statement = (
        update(Delivery)
        .where(*_LATE, Delivery.alert_id.in_(of_site))
        .values(state=DeliveryState.EXPIRED)
        .returning(Delivery.alert_id, Delivery.id)
        .execution_options(synchronize_session=False)
    )
    rows = await session.execute(statement, {"now": now})
    return [(alert_id, own_id) for alert_id, own_id in rows]


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
        again_at = repeat_at(occasion, rung, now)
        sent = await ask(session, _SENT, ids=delivery_ids, now=now, rung=rung, again=again_at)
        new.update(sent.scalars())
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


async def _jobs(session: AsyncSession, delivery_ids: Sequence[str], now: datetime) -> list[Job]:
    # Columns, and not rows as objects: thousands are sent at once, and nobody changes these.
    return [_job(row, now) for row in await ask(session, _CLAIMED, ids=delivery_ids)]


_COLUMNS = (  # in the order of a job's fields; the last is ours
    *(Delivery.id, Delivery.alert_id, Alert.site_id, Delivery.occasion, Delivery.channel),
    *(Delivery.attempts, Delivery.rings, Phone.id, Phone.endpoint, Phone.p256dh, Phone.auth),
    *(Phone.sealed, Person.language, Person.role, Geofence.name, Alert.level, Alert.state),
    *(Alert.count, Alert.distance_m, Alert.bearing_deg, Alert.captured_at, Alert.simulated),
    Alert.detection_id,
)
_CLAIMED = (
    select(*_COLUMNS)
    .join(Phone, Phone.id == Delivery.phone_id)
    .join(Person, Person.id == Phone.person_id)
    .join(Alert, Alert.id == Delivery.alert_id)
    .join(Geofence, Geofence.id == Alert.geofence_id)
    .where(among(Delivery.id, "ids"))
    .order_by(Delivery.priority.desc(), Delivery.due_at)
)


def _job(row: Row[*tuple[Any, ...]], now: datetime) -> Job:
    job = Job._make((*row, now))
    return job._replace(
        occasion=_OCCASIONS[job.occasion],
        role=_ROLES[job.role],
        level=_LEVELS[job.level],
        state=_STATES[job.state],
    )
