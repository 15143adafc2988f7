"""Whom to ring for what: a row for each way of reaching each person, before anything is sent.

Many alarms are planned at once: what is asked for each of them, is asked for all together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import add_rows
from api.deliveries import escalation
from api.deliveries.bells import Alarm, Bell, bell, bells, silenced
from api.deliveries.rules import (
    ALARMS,
    RELIEF_LIFETIME,
    Occasion,
    RingsFrom,
    priority_of,
    rings,
)
from api.questions import among, ask
from api.tables import Alert, Delivery, DeliveryState, Follow, Person, Phone
from edge_agent.contracts.ids import uuid7

_FOLLOWERS = (
    bells()
    .add_columns(Follow.geofence_id)
    .join(Follow, Follow.person_id == Phone.person_id)
    .where(among(Follow.geofence_id, "geofences"))
)
_THEIRS = bells().where(Person.site_id == bindparam("site"), among(Person.id, "people"))
_PLANNED = select(Delivery.alert_id, Delivery.occasion, Delivery.phone_id).where(
    among(Delivery.alert_id, "alerts"), among(Delivery.occasion, "occasions")
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A new delivery, whose it is, and why it is not to ring if it is not."""

    delivery: str
    phone: int
    person: int
    silenced: str | None = None

    def facts(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        known = {"delivery": self.delivery, "phone": self.phone, "person": self.person}
        return known if self.silenced is None else known | {"silenced": self.silenced}


async def plan_alarms(
    session: AsyncSession, alarms: Sequence[Alarm], now: datetime
) -> list[list[Planned]]:
    """Plan to ring those who follow the alerts' geofences; return what is new, silenced or not.

    If nobody answers, the site's escalation takes it from there.
    """
    geofences = {alarm.alert.geofence_id for alarm in alarms}
    followers: dict[int, list[tuple[RingsFrom, Bell]]] = {each: [] for each in geofences}
    for row in await ask(session, _FOLLOWERS, geofences=geofences):
        followers[row.geofence_id].append((RingsFrom(row.rings_from), bell(row)))
    await escalation.begin(session, alarms, now)
    rung = [
        [each for since, each in followers[alarm.alert.geofence_id] if rings(since, alarm.occasion)]
        for alarm in alarms
    ]
    return await _plan(session, alarms, rung, now)


async def plan_for_people(
    session: AsyncSession, wanted: Sequence[tuple[Alarm, Collection[int]]], now: datetime
) -> list[list[Planned]]:
    """Plan to ring these people, whatever they follow; return what is new. All are of one site."""
    if not wanted:
        return []
    alarms = [alarm for alarm, _ in wanted]
    named = sorted({person_id for _, people in wanted for person_id in people})
    known: dict[int, list[tuple[RingsFrom, Bell]]] = {}
    for row in await ask(session, _THEIRS, site=alarms[0].alert.site_id, people=named):
        known.setdefault(row.person_id, []).append((RingsFrom(row.rings_from), bell(row)))
    rung = [
        [
            each
            for person_id in sorted(people)
            for since, each in known.get(person_id, ())
            if rings(since, alarm.occasion)
        ]
        for alarm, people in wanted
    ]
    return await _plan(session, alarms, rung, now)


async def plan_escalated(
    session: AsyncSession, alarm: Alarm, step: escalation.Step, now: datetime
) -> list[Planned]:
    """Plan to ring the people of a step by its ways; whoever was rung for this is not again."""
    wanted = bells().where(Person.site_id == alarm.alert.site_id, step.reaches(Person))
    rung = [
        bell(row)
        for row in await session.execute(wanted)
        if not step.channels or row.channel in step.channels
    ]
    (planned,) = await _plan(session, [alarm], [rung], now)
    return planned


async def plan_closing(
    session: AsyncSession, alert: Alert, occasion: Occasion, now: datetime
) -> list[Planned]:
    """Plan to tell the end to all who were rung, by the same ways; return what is new.

    What waits must have been stopped before: its row locks settle, with a dispatcher at work, which
    phones were rung.
    """
    reached = (
        select(Delivery.phone_id)
        .where(
            Delivery.alert_id == alert.id,
            Delivery.occasion.in_(ALARMS),
            Delivery.attempts > 0,
            Delivery.state != DeliveryState.FAILED,
        )
        .distinct()
    )
    rung = [bell(row) for row in await session.execute(bells().where(Phone.id.in_(reached)))]
    (planned,) = await _plan(session, [Alarm(alert, occasion, now + RELIEF_LIFETIME)], [rung], now)
    return planned


async def _plan(
    session: AsyncSession,
    alarms: Sequence[Alarm],
    rung: Sequence[Sequence[Bell]],
    now: datetime,
) -> list[list[Planned]]:
    """Plan to reach people by these bells, one list for each alarm; return what is new."""
    pairs = list(zip(alarms, rung, strict=True))
    known = await _known(session, [alarm for alarm, each in pairs if each and not alarm.is_first])
    silent = await silenced(session, pairs, now)
    rows: list[dict[str, Any]] = []
    planned = []
    for (alarm, theirs), quiet in zip(pairs, silent, strict=True):
        there = known.get((alarm.alert.id, alarm.occasion), ())
        new = {each.phone_id: each for each in theirs if each.phone_id not in there}
        made = [
            Planned(str(uuid7()), phone, new[phone].person_id, quiet.get(new[phone].person_id))
            for phone in sorted(new)
        ]
        rows += _rows(alarm, new, made, now)
        planned.append(made)
    await add_rows(session, Delivery, rows)
    return planned


async def _known(
    session: AsyncSession, alarms: Sequence[Alarm]
) -> dict[tuple[str, Occasion], set[int]]:
    """Return the phones for which these are planned already.

    Whoever plans holds the site: what is not there now, nobody else adds.
    """
    if not alarms:
        return {}
    rows = await ask(
        session,
        _PLANNED,
        alerts={alarm.alert.id for alarm in alarms},
        occasions={alarm.occasion for alarm in alarms},
    )
    known: dict[tuple[str, Occasion], set[int]] = {}
    for alert_id, occasion, phone_id in rows:
        known.setdefault((alert_id, Occasion(occasion)), set()).add(phone_id)
    return known


def _rows(
    alarm: Alarm, new: Mapping[int, Bell], planned: Sequence[Planned], now: datetime
) -> list[dict[str, Any]]:
    alike = {
        "alert_id": alarm.alert.id,
        "occasion": alarm.occasion,
        "attempts": 0,
        "rings": 0,
        "priority": priority_of(alarm.occasion, alarm.alert.distance_m),
        "created_at": now,
        "due_at": now,
        "expires_at": alarm.expires_at,
    }
    return [
        {
            "id": each.delivery,
            "phone_id": each.phone,
            "channel": new[each.phone].channel,
            "state": DeliveryState.SILENCED if each.silenced else DeliveryState.PENDING,
            "detail": each.silenced,
            **alike,
        }
        for each in planned
    ]
