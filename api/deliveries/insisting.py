"""What the server does when nobody answers: danger rings again, then others are rung."""

import logging
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.rules import MOVES
from api.changes.store import ALERT, add_change
from api.deliveries import escalation
from api.deliveries.bells import Alarm
from api.deliveries.planning import plan_escalated
from api.deliveries.rules import Occasion
from api.deliveries.tables import Escalation
from api.ledger import notes
from api.ledger import store as ledger
from api.ledger.rules import Note
from api.questions import ask
from api.sites.store import lock_site
from api.tables import Alert, AlertLevel, Delivery, DeliveryState

_log = logging.getLogger(__name__)
_OPEN = [state for state, moves in MOVES.items() if moves]
_REPEATS = select(Delivery.id).where(Delivery.repeat_at <= bindparam("now")).limit(1)
_WAITING = select(Escalation.alert_id).where(Escalation.due_at <= bindparam("now")).limit(1)


async def repeat_due(session: AsyncSession, now: datetime) -> int:
    """Let danger ring again where its person has not answered; return how often.

    Each person answers for themselves: that somebody else has seen it does not wake them.
    """
    in_danger = select(Alert.id).where(
        Alert.level == AlertLevel.DANGER, Alert.state.in_(_OPEN), Alert.id == Delivery.alert_id
    )
    due = Delivery.repeat_at <= now
    again = (
        update(Delivery)
        .where(
            due,
            Delivery.state == DeliveryState.SENT,
            Delivery.acknowledged_at.is_(None),
            Delivery.expires_at > now,
            in_danger.exists(),
        )
        .values(state=DeliveryState.PENDING, due_at=now, repeat_at=None, claimed_until=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    repeated = (await session.scalars(again)).all()
    over = update(Delivery).where(due).values(repeat_at=None)
    await session.execute(over.execution_options(synchronize_session=False))
    return len(repeated)


async def is_anything_due(session: AsyncSession, now: datetime) -> bool:
    """Whether there is anything to repeat or to escalate; only reads."""
    repeats = (await ask(session, _REPEATS, now=now)).first()
    return repeats is not None or (await ask(session, _WAITING, now=now)).first() is not None


async def escalate_due(session: AsyncSession, now: datetime) -> None:
    """Ring the next people wherever nobody has answered in time."""
    for site_id in await escalation.sites_due(session, now):
        await lock_site(session, site_id)
        steps = await escalation.steps_of(session, site_id)
        noted: list[Note] = []
        for waiting, alert in await escalation.due_at_site(session, site_id, now):
            because = await escalation.ends_because(session, waiting, alert, now)
            if because is not None:
                escalation.end(waiting, because)
                continue
            for step in escalation.move_on(waiting, alert, steps, now):
                noted += await _escalate(session, waiting, alert, step, now)
        await ledger.append(session, site_id, noted, now)


async def _escalate(
    session: AsyncSession,
    waiting: Escalation,
    alert: Alert,
    step: escalation.Step,
    now: datetime,
) -> list[Note]:
    occasion = Occasion(waiting.level)
    alarm = Alarm(alert, occasion, waiting.expires_at)
    planned = await plan_escalated(session, alarm, step, now)
    await add_change(session, site_id=alert.site_id, kind=ALERT, subject_id=alert.id, now=now)
    _log.warning(
        "nobody answered alert %s for %s s: %s more are rung", alert.id, step.after_s, len(planned)
    )
    return [
        notes.escalated(alert, occasion, step.after_s),
        notes.planned(alert, occasion, planned),
    ]
