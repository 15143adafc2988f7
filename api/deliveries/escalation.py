"""Until somebody answers: chains of further people and ways, kept as rows of each site.

An alarm for which the site has a chain begins to wait when it is planned. A dispatcher looks for
those that have waited long enough. The row moves on in the transaction that plans the next people,
so that a dispatcher that is killed, or two at once, leave out nobody and ring nobody twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.rules import ACKNOWLEDGES, is_open
from api.database import insert_into
from api.deliveries.bells import Alarm
from api.deliveries.rules import ALARM_RANK, Occasion
from api.deliveries.tables import Escalation, EscalationStep
from api.tables import Alert, AlertState, Answer, Person, Role

_STEPS = (
    select(EscalationStep)
    .where(EscalationStep.site_id == bindparam("site"))
    .order_by(EscalationStep.after_s, EscalationStep.id)
)


@dataclass(frozen=True, slots=True)
class Step:
    """Ring these people by these ways, so long after an alarm that nobody answered."""

    after_s: int
    from_level: Occasion
    geofence_id: int | None = None  # None: all of the site
    role: Role | None = None
    person_ids: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()  # none: every one they have

    def is_for(self, geofence_id: int, occasion: Occasion) -> bool:
        """Whether the step concerns an alarm."""
        is_there = self.geofence_id in {None, geofence_id}
        return is_there and ALARM_RANK[occasion] >= ALARM_RANK[self.from_level]

    def reaches(self, person: type[Person]) -> ColumnElement[bool]:
        """Whether a person is one of those to be rung, for the database."""
        named = person.id.in_(self.person_ids)
        return named if self.role is None else or_(named, person.role == self.role)


async def steps_of(session: AsyncSession, site_id: str) -> list[Step]:
    """Return the site's steps, the soonest first."""
    return [_step(row) for row in await session.scalars(_STEPS, {"site": site_id})]


async def begin(session: AsyncSession, alarms: Sequence[Alarm], now: datetime) -> None:
    """Begin to wait for an answer to each alarm for which its site has a chain."""
    steps = {
        site_id: await steps_of(session, site_id)
        for site_id in sorted({alarm.alert.site_id for alarm in alarms})
    }
    for alarm in alarms:
        alert = alarm.alert
        chain = _chain(steps[alert.site_id], alert.geofence_id, alarm.occasion)
        if not chain:
            continue
        row = insert_into(session, Escalation).values(
            alert_id=alert.id,
            level=alarm.occasion,
            site_id=alert.site_id,
            began_at=now,
            expires_at=alarm.expires_at,
            waited_s=-1,
            due_at=now + timedelta(seconds=chain[0].after_s),
        )
        await session.execute(row.on_conflict_do_nothing(index_elements=["alert_id", "level"]))


async def sites_due(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Return the sites where somebody else must be told, in their order."""
    wanted = (
        select(Escalation.site_id)
        .where(Escalation.due_at <= now)
        .distinct()
        .order_by(Escalation.site_id)
    )
    return (await session.scalars(wanted)).all()


async def due_at_site(
    session: AsyncSession, site_id: str, now: datetime
) -> list[tuple[Escalation, Alert]]:
    """Return what has waited long enough at a site, the first to begin first.

    The caller holds the site's lock: nobody else is at the same work.
    """
    wanted = (
        select(Escalation, Alert)
        .join(Alert, Alert.id == Escalation.alert_id)
        .where(Escalation.site_id == site_id, Escalation.due_at <= now)
        .order_by(Escalation.began_at, Escalation.alert_id)
        .execution_options(populate_existing=True)
    )
    return [(waiting, alert) for waiting, alert in await session.execute(wanted)]


async def ends_because(
    session: AsyncSession, waiting: Escalation, alert: Alert, now: datetime
) -> str | None:
    """Return why nobody else needs to be told, None if somebody does."""
    if not is_open(AlertState(alert.state)):
        return "ended"
    if Occasion(alert.level) is not Occasion(waiting.level):
        return "overtaken"  # the higher level has a chain of its own
    if waiting.expires_at <= now:
        return "no news any more"
    # An alert that grows after somebody answered must be answered anew.
    answers = (
        select(func.count())
        .select_from(Answer)
        .where(
            Answer.alert_id == alert.id,
            Answer.kind.in_(ACKNOWLEDGES),
            Answer.received_at >= waiting.began_at,
        )
    )
    return "acknowledged" if await session.scalar(answers) else None


async def escalated(session: AsyncSession, alert_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when others were last rung because nobody had answered, by alert, where they were."""
    wanted = select(Escalation.alert_id, Escalation.began_at, Escalation.waited_s).where(
        Escalation.alert_id.in_(alert_ids), Escalation.waited_s >= 0
    )
    found: dict[str, datetime] = {}
    for alert_id, began_at, waited_s in await session.execute(wanted):
        moment = began_at + timedelta(seconds=waited_s)
        found[alert_id] = max(moment, found.get(alert_id, moment))
    return found


def move_on(waiting: Escalation, alert: Alert, steps: Sequence[Step], now: datetime) -> list[Step]:
    """Return the steps whose time has come, and let the row wait for the one after them."""
    chain = _chain(steps, alert.geofence_id, Occasion(waiting.level))
    waited_s = int((now - waiting.began_at).total_seconds())
    due = [step for step in chain if waiting.waited_s < step.after_s <= waited_s]
    later = [step for step in chain if step.after_s > waited_s]
    waiting.waited_s = max((step.after_s for step in due), default=waiting.waited_s)
    if later:
        waiting.due_at = waiting.began_at + timedelta(seconds=later[0].after_s)
    else:
        end(waiting, "everybody was told")
    return due


def end(waiting: Escalation, because: str) -> None:
    """Wait no longer."""
    waiting.due_at = None
    waiting.ended_because = because


def _chain(steps: Sequence[Step], geofence_id: int, occasion: Occasion) -> list[Step]:
    return [step for step in steps if step.is_for(geofence_id, occasion)]


def _step(row: EscalationStep) -> Step:
    return Step(
        after_s=row.after_s,
        from_level=Occasion(row.from_level),
        geofence_id=row.geofence_id,
        role=Role(row.role) if row.role is not None else None,
        person_ids=tuple(row.person_ids),
        channels=tuple(row.channels),
    )
